import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FramesEntry, HeadersEntry, MessageEntry, ReplyEntry, RequestEntry } from "./entry.js";

/** The files of the catalogue, and what is in them. */
export interface Catalogue {
  readonly requests: RequestEntry;
  readonly replies: ReplyEntry;
  readonly headers: HeadersEntry;
  readonly "frames-amqp091": FramesEntry;
  readonly "messages-amqp091": MessageEntry;
  readonly "frames-amqp10": FramesEntry;
  readonly "messages-amqp10": MessageEntry;
}

export const FILES: readonly (keyof Catalogue)[] = [
  "requests",
  "replies",
  "headers",
  "frames-amqp091",
  "messages-amqp091",
  "frames-amqp10",
  "messages-amqp10",
];

export function pathOf(file: keyof Catalogue): string {
  return fileURLToPath(new URL(`catalogue/${file}.jsonl`, import.meta.url));
}

/** The entries of one file. */
export function catalogue<K extends keyof Catalogue>(file: K): readonly Catalogue[K][] {
  const lines = readFileSync(pathOf(file), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Catalogue[K]);
}
