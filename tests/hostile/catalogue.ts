import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { HeadersEntry, ReplyEntry, RequestEntry } from "./entry.js";

/** The files of the catalogue, and what is in them. */
export interface Catalogue {
  readonly requests: RequestEntry;
  readonly replies: ReplyEntry;
  readonly headers: HeadersEntry;
}

export const FILES: readonly (keyof Catalogue)[] = ["requests", "replies", "headers"];

export function pathOf(file: keyof Catalogue): string {
  return fileURLToPath(new URL(`catalogue/${file}.jsonl`, import.meta.url));
}

/** The entries of one file. */
export function catalogue<K extends keyof Catalogue>(file: K): readonly Catalogue[K][] {
  const lines = readFileSync(pathOf(file), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Catalogue[K]);
}
