import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Entry, EventName } from "../record.js";

/** What one process wrote down. */
export type Book = {
  readonly process: Entry<"process">;
  readonly entries: readonly Entry[];
  /** Whether its last line was cut off: it was killed while it wrote. */
  readonly isTorn: boolean;
};

export function readBooks(folder: string): Book[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(".jsonl"));
  return files.map((file) => readBook(file, readFileSync(join(folder, file), "utf8")));
}

/** @throws {Error} for a line that is none, unless it is the last: that one a kill may have cut off. */
export function readBook(name: string, text: string): Book {
  const lines = text.split("\n");
  // Each record ends with its line; what follows the last end is nothing, or torn.
  const isTorn = lines.pop() !== "";
  const entries = lines.map((line, index) => readLine(`${name}:${index + 1}`, line));
  const [first] = entries;
  if (first === undefined || !isOf(first, "process"))
    throw new Error(`${name} does not begin with its process`);
  return { process: first, entries, isTorn };
}

export function isOf<Name extends EventName>(
  entry: Entry,
  name: Name,
): entry is Extract<Entry, { readonly event: Name }> {
  return entry.event === name;
}

function readLine(where: string, line: string): Entry {
  try {
    return JSON.parse(line) as Entry;
  } catch (cause) {
    throw new Error(`${where} is no record: ${line.slice(0, 200)}`, { cause });
  }
}
