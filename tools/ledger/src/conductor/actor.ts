import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Ledger } from "../ledger.js";
import type { FromProgram, Part, ToProgram } from "../programs/part.js";

/** What is kept of what a program writes to standard error. */
const ERRORS_KEPT = 4_000;
const READY_WITHIN_MS = 90_000;
const NODE = ["--enable-source-maps", "--expose-gc"];

/** Those that run now: they must not outlive this process, stopped ones least of all. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** One process of a run: a client, or one life of a server. */
export class Actor {
  readonly role: "client" | "server";
  readonly part: Part;
  readonly exited: Promise<void>;
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #ledger: Ledger;
  #errors = "";

  /** @param programs the folder with the bundled programs */
  constructor(role: "client" | "server", part: Part, programs: string, ledger: Ledger) {
    this.role = role;
    this.part = part;
    this.#ledger = ledger;
    this.#child = fork(join(programs, `${role}.mjs`), [JSON.stringify(part)], {
      execArgv: NODE,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    running.add(this.#child);
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-ERRORS_KEPT);
    });
    const { index, life } = part;
    ledger.write({ event: "spawned", role, index, life, pid: this.#child.pid ?? 0 });
    this.exited = once(this.#child, "close").then(([code, signal]) => this.#ended(code, signal));
    this.ready = this.#ready();
  }

  get isRunning(): boolean {
    return running.has(this.#child);
  }

  tell(message: ToProgram): void {
    if (message === "close") this.#signalled(message);
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.isRunning) return;
    this.#signalled(signal);
    this.#child.kill(signal);
  }

  #signalled(signal: string): void {
    const { index, life } = this.part;
    this.#ledger.write({ event: "signalled", role: this.role, index, life, signal });
  }

  #ended(code: number | null, signal: string | null): void {
    running.delete(this.#child);
    const { index, life } = this.part;
    this.#ledger.write({ event: "exited", role: this.role, index, life, code, signal, errors: this.#errors });
  }

  /** Rejects when it ends before, or takes too long. */
  async #ready(): Promise<void> {
    const signal = AbortSignal.timeout(READY_WITHIN_MS);
    const ready = once(this.#child, "message", { signal }) as Promise<FromProgram[]>;
    ready.catch(() => {});
    const ended = this.exited.then(() => {
      throw new Error(`${this.role} ${this.part.index} ended before it was ready: ${this.#errors}`);
    });
    ended.catch(() => {});
    await Promise.race([ready, ended]);
  }
}
