import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SOON_MS, within } from "./waits.js";

/** A process needs a while to start where the machine is busy. */
const START_WITHIN_MS = 20_000;

export interface ProgramOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** From the last that it wrote, or the last signal to it: what it does then is nothing but end. */
  readonly afterLastWordMs: number;
}

/** A TypeScript program of this repository in a process of its own, straight from source. Killed when a test leaves it. */
export class Program implements AsyncDisposable {
  readonly lines: string[] = [];
  /** What it wrote to standard error. */
  errors = "";
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  #lastWordMs = performance.now();
  #onLine: (() => void)[] = [];

  /** @param path from the root of the repository */
  constructor(path: string, { args = [], env = {} }: ProgramOptions = {}) {
    const root = fileURLToPath(new URL("..", import.meta.url));
    const options = ["--conditions=porthos-source", "--import", "tsx"];
    this.#child = spawn(process.execPath, [...options, path, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#lastWordMs = performance.now();
      this.errors += chunk.toString();
    });
    if (this.#child.stdout === null) throw new Error("a child without standard output");
    createInterface(this.#child.stdout).on("line", (line) => this.#read(line));
    this.ended = once(this.#child, "close").then(([code, signal]) => {
      for (const wake of this.#onLine.splice(0)) wake();
      return { code, signal, afterLastWordMs: performance.now() - this.#lastWordMs } as Ending;
    });
  }

  /** The first line from the one numbered `from` on that matches. @throws {Error} when it ends without, or is too slow. */
  line(
    pattern: RegExp,
    { from = 0, ms = START_WITHIN_MS }: { readonly from?: number; readonly ms?: number } = {},
  ): Promise<string> {
    return within(ms, `${pattern} from a program that wrote ${this.errors}`, this.#find(pattern, from));
  }

  /** Its end, which must come by itself. */
  end(ms: number = SOON_MS): Promise<Ending> {
    return within(ms, "a process to end by itself", this.ended);
  }

  /** Ends its standard input. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  signal(signal: NodeJS.Signals): void {
    this.#lastWordMs = performance.now();
    this.#child.kill(signal);
  }

  /** Ends it without a word, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #read(line: string): void {
    this.#lastWordMs = performance.now();
    this.lines.push(line);
    for (const wake of this.#onLine.splice(0)) wake();
  }

  async #find(pattern: RegExp, from: number): Promise<string> {
    for (let index = from; ; index++) {
      while (this.lines.length <= index) {
        if (this.#child.exitCode !== null || this.#child.signalCode !== null)
          throw new Error(this.#epitaph(pattern));
        await new Promise<void>((resolve) => this.#onLine.push(resolve));
      }
      const line = this.lines[index] as string;
      if (pattern.test(line)) return line;
    }
  }

  #epitaph(pattern: RegExp): string {
    return `the program ended without ${pattern}; it wrote:\n${this.lines.join("\n")}\n${this.errors}`;
  }
}
