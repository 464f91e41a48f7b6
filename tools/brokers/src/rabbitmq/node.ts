import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { findProgram } from "../home/programs.js";
import { freePorts } from "../private/free-ports.js";
import { newFolder, PrivateBroker, type PrivateSpec } from "../private/private-broker.js";
import { type CommonOptions, loopbackUrls } from "../recipe.js";
import type { Installation } from "./installation.js";

export type RabbitOptions = CommonOptions & {
  /** More lines for rabbitmq.conf, such as `max_message_size = 65536`. */
  readonly config?: readonly string[] | undefined;
  /** Enabled besides AMQP 1.0, which is a plugin before 4.0. */
  readonly plugins?: readonly string[] | undefined;
  /**
   * Keeps it on one core where the system has `taskset`. On virtual machines its start then takes half the time
   * (6.5 s instead of 12 s): Erlang hands every file operation to another thread and back. @default true
   */
  readonly oneCore?: boolean | undefined;
};

const TASKSET = "/usr/bin/taskset";

/**
 * A RabbitMQ node that shares nothing with the system's: its own folder, node name, cookie, plugins, loopback ports
 * and epmd (the process by which Erlang's nodes find each other). It is not started yet.
 */
export async function createNode(installation: Installation, options: RabbitOptions): Promise<PrivateBroker> {
  const [free = 0, distPort = 0, epmdPort = 0] = await freePorts(3);
  const port = options.port ?? free;
  const folder = newFolder(options.name ?? "rabbitmq");
  const address = `listeners.tcp.local = 127.0.0.1:${port}`;
  const config = [address, "log.console.level = warning", ...(options.config ?? [])];
  mkdirSync(join(folder, "db"));
  writeFileSync(join(folder, "enabled_plugins"), `[${enabledPlugins(installation, options).join(",")}].\n`);
  writeFileSync(join(folder, "rabbitmq.conf"), `${config.join("\n")}\n`);
  writeFileSync(join(folder, "advanced.config"), "[].\n");
  // epmd in the foreground and in the node's group: started by Erlang itself it would be a daemon that outlives it.
  const epmd = `epmd -address 127.0.0.1 -port ${epmdPort}`;
  const prefix =
    (options.oneCore ?? true) && existsSync(TASKSET) ? `${TASKSET} -c ${port % cpus().length}` : "";
  const env = environment(folder, installation, { port, distPort, epmdPort });
  const spec = {
    family: "rabbitmq",
    urls: loopbackUrls(["amqp091", "amqp10"], port),
    command: `${epmd} & exec ${prefix} "${installation.sbin}/rabbitmq-server"`,
    env,
    tool: { program: join(installation.sbin, "rabbitmqctl"), after: [] },
    quick: quickTool(installation, env),
  } as const;
  return PrivateBroker.create(folder, spec);
}

function quickTool(
  { erlang }: Installation,
  { RABBITMQ_NODENAME: node = "" }: Readonly<Record<string, string>>,
): PrivateSpec["quick"] {
  const own = erlang === undefined ? undefined : join(erlang, "erl_call");
  const erlCall = own !== undefined && existsSync(own) ? own : findProgram("erl_call");
  return erlCall === undefined ? undefined : { erlCall, node };
}

function enabledPlugins({ plugins, version }: Installation, options: RabbitOptions): string[] {
  const amqp10 = version.startsWith("3.") ? ["rabbitmq_amqp1_0"] : [];
  return [...amqp10, ...(options.plugins ?? [])].filter((plugin) => plugins.includes(plugin));
}

type Ports = { readonly port: number; readonly distPort: number; readonly epmdPort: number };

/** Nothing of the caller's environment but PATH: a RABBITMQ_ variable in it would mean the system's broker. */
function environment(folder: string, { erlang }: Installation, ports: Ports): Record<string, string> {
  const path = process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin";
  return {
    PATH: erlang === undefined ? path : `${erlang}:${path}`,
    LANG: "C.UTF-8",
    HOME: folder,
    ERL_EPMD_ADDRESS: "127.0.0.1",
    ERL_EPMD_PORT: String(ports.epmdPort),
    RABBITMQ_NODENAME: `porthos-${ports.port}@localhost`,
    RABBITMQ_DIST_PORT: String(ports.distPort),
    RABBITMQ_BASE: folder,
    RABBITMQ_MNESIA_BASE: join(folder, "db"),
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_LOGS: "-",
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, "advanced.config"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
    RABBITMQ_CONF_ENV_FILE: "/dev/null",
    // Schedulers that sleep when idle: a busy-waiting Erlang would take a core from the tests.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
      "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none",
  };
}
