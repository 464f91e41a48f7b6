import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Entry, Fact, Role } from "./record.js";

/** Epoch milliseconds that do not jump while a process lives. */
export function nowAt(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000) / 1_000;
}

/**
 * The file of one process. Each record is one `write` to a file opened for appending, and is with the system when `write`
 * returns: what kills the process does not take it away. A kill in the middle of one leaves a torn last line, which the judge knows.
 */
export class Ledger {
  readonly #file: number;

  constructor(folder: string, role: Role, index: number, life: number) {
    mkdirSync(folder, { recursive: true });
    this.#file = openSync(join(folder, `${role}-${index}-${life}.jsonl`), "a");
    this.write({ event: "process", role, index, life, pid: process.pid });
  }

  write(fact: Fact): void {
    const entry: Entry = { at: nowAt(), ...fact };
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}
