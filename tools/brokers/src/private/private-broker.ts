import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Family, Urls } from "../broker.js";
import { cut } from "../cut/cut.js";
import { home } from "../home/home.js";
import { type Answer, probeUntilUp } from "../probe/probe.js";
import { erlCall } from "../rabbitmq/erl-call.js";
import { expressionOf } from "../rabbitmq/expression.js";
import type { Keeper } from "../recipe.js";
import { type Guard, guard } from "./guard.js";
import { endGroup, startGroup } from "./process-group.js";

/** What a private broker is made of; kept in its folder, so that any process can start and stop it. */
export type PrivateSpec = {
  readonly family: Family;
  readonly urls: Urls;
  /** For /bin/sh, in the broker's folder; it leads the broker's process group. */
  readonly command: string;
  /** All of the broker's environment: a variable of the caller's may mean the system's broker. */
  readonly env: Readonly<Record<string, string>>;
  /** The broker's own command-line tool; `after` follows the caller's arguments. */
  readonly tool?: { readonly program: string; readonly after: readonly string[] };
  /** What does much of that in a hundredth of the time, where it is there. */
  readonly quick?: { readonly erlCall: string; readonly node: string } | undefined;
};

/** A busy machine's: alone it takes five to ten seconds. */
const START_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 20_000;

/** A folder for the data of a broker that is to be private. */
export function newFolder(name: string): string {
  const parent = join(home(), "data");
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, `${name}-`));
}

/** A broker that shares nothing with the machine's others: its own processes, folder and loopback ports. */
export class PrivateBroker implements Keeper {
  readonly folder: string;
  readonly spec: PrivateSpec;
  #guard: Guard | undefined;

  /** A handle on the broker that lives in this folder, whoever started it. */
  constructor(folder: string) {
    this.folder = folder;
    this.spec = JSON.parse(readFileSync(join(folder, "broker.json"), "utf8")) as PrivateSpec;
  }

  /** Writes a new broker's folder; it is not started yet, and will end with this process. */
  static create(folder: string, spec: PrivateSpec): PrivateBroker {
    writeFileSync(join(folder, "broker.json"), JSON.stringify(spec, null, 2));
    const broker = new PrivateBroker(folder);
    broker.#guard = guard(broker.#cleanupCommand);
    return broker;
  }

  /** Starts it for the first time. @throws {Error} when it does not answer in time; then nothing of it is left. */
  async firstStart(): Promise<Answer> {
    try {
      return await this.#startAndProbe();
    } catch (error) {
      await this.remove();
      throw error;
    }
  }

  async start(): Promise<void> {
    await this.#startAndProbe();
  }

  stop(): Promise<void> {
    return endGroup(this.#pidFile, "SIGTERM", STOP_WITHIN_MS);
  }

  kill(): Promise<void> {
    return endGroup(this.#pidFile, "SIGKILL", STOP_WITHIN_MS);
  }

  cut(): Promise<void> {
    return cut(this.spec.family, this.spec.urls, this);
  }

  async ctl(...args: string[]): Promise<string> {
    const { env, family, quick, tool } = this.spec;
    if (tool === undefined) throw new Error(`The broker ${family} has no command-line tool`);
    const expression = quick === undefined ? undefined : expressionOf(args);
    if (quick !== undefined && expression !== undefined)
      return erlCall(quick.erlCall, { name: quick.node, env }, expression);
    const run = promisify(execFile);
    const { stdout } = await run(tool.program, [...args, ...tool.after], { cwd: this.folder, env });
    return stdout;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
    this.release();
  }

  release(): void {
    this.#guard?.release();
  }

  async #startAndProbe(): Promise<Answer> {
    const { command, env, urls } = this.spec;
    const { exited } = startGroup(command, {
      cwd: this.folder,
      env,
      logFile: this.#logFile,
      pidFile: this.#pidFile,
    });
    try {
      return await probeUntilUp(urls, START_WITHIN_MS, exited);
    } catch (error) {
      await this.kill();
      throw new Error(`${this.folder} did not start; its log ends with:\n${this.#logTail()}`, {
        cause: error,
      });
    }
  }

  /** The shell command that ends this broker and deletes its data. */
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
    return join(this.folder, "broker.log");
  }

  #logTail(): string {
    if (!existsSync(this.#logFile)) return "(no log)";
    return readFileSync(this.#logFile, "utf8").split("\n").slice(-30).join("\n");
  }
}
