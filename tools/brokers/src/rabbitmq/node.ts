import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { BrokerControl } from "../broker.js";
import { freePorts } from "../free-ports.js";
import { type Guard, guard } from "../guard.js";
import { type Answer, probeUntilUp } from "../probe.js";
import { endGroup, startGroup } from "../process-group.js";
import type { Installation } from "./installation.js";

export type RabbitNodeOptions = {
  /** A word for the data folder's name, so that a leftover tells whose it was. */
  readonly name?: string | undefined;
  /** More lines for rabbitmq.conf, such as `max_message_size = 65536`. */
  readonly config?: readonly string[] | undefined;
  /** Enabled besides AMQP 1.0. */
  readonly plugins?: readonly string[] | undefined;
  /**
   * Keeps it on one core where the system has `taskset`. On virtual machines its start then takes half the time
   * (6.5 s instead of 12 s): Erlang hands every file operation to another thread and back. @default true
   */
  readonly oneCore?: boolean | undefined;
  /** Ends it with this process, however this process ends. @default true */
  readonly guarded?: boolean | undefined;
};

/** What one private node is made of; kept in its folder as node.json. */
type Layout = { sbin: string; port: number; distPort: number; epmdPort: number; prefix: string };

const TASKSET = "/usr/bin/taskset";
const START_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 20_000;

/**
 * A RabbitMQ node that shares nothing with the system's: its own folder, node name, cookie, plugins, loopback ports
 * and epmd (the process by which Erlang's nodes find each other).
 */
export class RabbitNode implements BrokerControl {
  readonly folder: string;
  readonly url: string;
  readonly #layout: Layout;
  #guard: Guard | undefined;

  /** A handle on the node that lives in this folder, whoever started it. */
  constructor(folder: string) {
    this.folder = folder;
    this.#layout = JSON.parse(readFileSync(join(folder, "node.json"), "utf8")) as Layout;
    this.url = `amqp://guest:guest@127.0.0.1:${this.#layout.port}`;
  }

  /** Writes a new node's folder; it is not started yet. */
  static async create(installation: Installation, options: RabbitNodeOptions = {}): Promise<RabbitNode> {
    const [port = 0, distPort = 0, epmdPort = 0] = await freePorts(3);
    const folder = mkdtempSync(join(tmpdir(), `porthos-${options.name ?? "rabbitmq"}-`));
    const wanted = ["rabbitmq_amqp1_0", ...(options.plugins ?? [])];
    const plugins = wanted.filter((plugin) => installation.plugins.includes(plugin));
    const address = `listeners.tcp.local = 127.0.0.1:${port}`;
    const config = [address, "log.console.level = warning", ...(options.config ?? [])];
    const prefix =
      (options.oneCore ?? true) && existsSync(TASKSET) ? `${TASKSET} -c ${port % cpus().length}` : "";
    const layout: Layout = { sbin: installation.sbin, port, distPort, epmdPort, prefix };
    mkdirSync(join(folder, "db"));
    writeFileSync(join(folder, "enabled_plugins"), `[${plugins.join(",")}].\n`);
    writeFileSync(join(folder, "rabbitmq.conf"), `${config.join("\n")}\n`);
    writeFileSync(join(folder, "advanced.config"), "[].\n");
    writeFileSync(join(folder, "node.json"), JSON.stringify(layout));
    const node = new RabbitNode(folder);
    if (options.guarded ?? true) node.#guard = guard(node.#cleanupCommand);
    return node;
  }

  async start(): Promise<void> {
    await this.startAndProbe();
  }

  async startAndProbe(): Promise<Answer> {
    // epmd in the foreground and in the node's group: started by Erlang itself it would be a daemon that outlives it.
    const { epmdPort, prefix, sbin } = this.#layout;
    const command = `epmd -address 127.0.0.1 -port ${epmdPort} & exec ${prefix} "${sbin}/rabbitmq-server"`;
    const { exited } = startGroup(command, {
      cwd: this.folder,
      env: this.#env,
      logFile: this.#logFile,
      pidFile: this.#pidFile,
    });
    try {
      return await probeUntilUp(this.url, START_WITHIN_MS, exited);
    } catch (error) {
      await this.kill();
      throw new Error(`RabbitMQ did not start; its log ends with:\n${this.#logTail()}`, { cause: error });
    }
  }

  stop(): Promise<void> {
    return endGroup(this.#pidFile, "SIGTERM", STOP_WITHIN_MS);
  }

  kill(): Promise<void> {
    return endGroup(this.#pidFile, "SIGKILL", STOP_WITHIN_MS);
  }

  async ctl(...args: string[]): Promise<string> {
    const run = promisify(execFile);
    const { stdout } = await run(join(this.#layout.sbin, "rabbitmqctl"), args, {
      cwd: this.folder,
      env: this.#env,
    });
    return stdout;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
    this.#guard?.release();
  }

  /** The shell command that ends this node and deletes its data. */
  get #cleanupCommand(): string {
    const group = `"-$(cat '${this.#pidFile}')"`;
    const gone = `! kill -s 0 -- ${group}`;
    const wait = `for i in $(seq 100); do ${gone} && break; sleep 0.1; done`;
    return `kill -s TERM -- ${group}; ${wait}; kill -s KILL -- ${group}; rm -rf '${this.folder}'`;
  }

  get #pidFile(): string {
    return join(this.folder, "pid");
  }

  get #logFile(): string {
    return join(this.folder, "node.log");
  }

  #logTail(): string {
    if (!existsSync(this.#logFile)) return "(no log)";
    return readFileSync(this.#logFile, "utf8").split("\n").slice(-30).join("\n");
  }

  /** Nothing of the caller's environment but PATH: a RABBITMQ_ variable in it would mean the system's broker. */
  get #env(): Record<string, string> {
    const { port, distPort, epmdPort } = this.#layout;
    return {
      PATH: process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin",
      LANG: "C.UTF-8",
      HOME: this.folder,
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_EPMD_PORT: String(epmdPort),
      RABBITMQ_NODENAME: `porthos-${port}@localhost`,
      RABBITMQ_DIST_PORT: String(distPort),
      RABBITMQ_BASE: this.folder,
      RABBITMQ_MNESIA_BASE: join(this.folder, "db"),
      RABBITMQ_LOG_BASE: this.folder,
      RABBITMQ_LOGS: "-",
      RABBITMQ_CONFIG_FILE: join(this.folder, "rabbitmq.conf"),
      RABBITMQ_ADVANCED_CONFIG_FILE: join(this.folder, "advanced.config"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(this.folder, "enabled_plugins"),
      RABBITMQ_CONF_ENV_FILE: "/dev/null",
      // Schedulers that sleep when idle: a busy-waiting Erlang would take a core from the tests.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
        "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
    };
  }
}
