import type { Entry } from "../../record.js";
import type { Book } from "../book.js";
import { endOf } from "../circumstances.js";
import { all, type History } from "../history.js";
import type { Law, Violation } from "../law.js";

/** So long a process warms up: code is compiled, and the heap takes its size, which at 20 calls a second goes on for minutes. */
const WARM_MS = 180_000;
/** What it has to live after that: what grows by a tenth in that time is a leak. */
const MIN_WARM_LIFE_MS = 120_000;
const MAX_GROWTH = 1.1;

/**
 * L8: no error that nobody caught, no process that ends by itself, nothing torn but by a kill; and memory stays: of
 * a process's life from when it is warm, the median of the last fifth is at most 1.1 times that of the first. Of processes that lived too short a time it says
 * nothing.
 */
export const staysWell: Law = function* (history) {
  for (const book of history.books) {
    const { role, index, life } = book.process;
    const name = `${role} ${index} (life ${life})`;
    for (const { text } of all(book, "uncaught")) yield violation(`${name}: ${text}`);
    yield* judgeEnd(name, book, history);
    const growth = growthOf(book);
    if (growth !== undefined && growth > MAX_GROWTH)
      yield violation(`${name} has grown to ${growth.toFixed(2)} times its memory`);
  }
};

/** Undefined when it lived too short a time. */
export function growthOf(book: Book): number | undefined {
  const samples = all(book, "memory");
  const warmAt = (samples[0]?.at ?? 0) + WARM_MS;
  const lastAt = samples.at(-1)?.at ?? 0;
  const lifeMs = lastAt - warmAt;
  if (lifeMs < MIN_WARM_LIFE_MS) return undefined;
  const first = samples.filter(({ at }) => at >= warmAt && at <= warmAt + lifeMs / 5);
  const last = samples.filter(({ at }) => at >= lastAt - lifeMs / 5);
  return median(last) / median(first);
}

function median(samples: readonly Entry<"memory">[]): number {
  const sorted = samples.map(({ rssBytes }) => rssBytes).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function* judgeEnd(name: string, book: Book, history: History): Generator<Violation> {
  if (book.process.role === "conductor") return;
  const end = endOf(book, history);
  if (end === undefined) {
    yield violation(`${name} has no end`);
  } else if (end.signal !== "SIGKILL") {
    if (end.code !== 0) yield violation(`${name} ended with ${end.code ?? end.signal}: ${end.errors}`);
    if (book.isTorn) yield violation(`${name} left a torn line, and nobody had killed it`);
  }
}

function violation(text: string): Violation {
  return { law: "L8", text };
}
