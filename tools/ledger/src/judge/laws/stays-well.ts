import type { Entry } from "../../record.js";
import type { Book } from "../book.js";
import { endOf } from "../circumstances.js";
import { all, type History } from "../history.js";
import type { Law, Violation } from "../law.js";

/** Below this a process is still warming up: code is compiled, the heap takes its size. */
const MIN_LIFE_MS = 90_000;
const MAX_GROWTH = 1.1;

/**
 * L8: no error that nobody caught, no process that ends by itself, nothing torn but by a kill; and memory stays: the median of the last
 * fifth of a process's life is at most 1.1 times that of its second fifth. Of processes that lived too short a time it says nothing.
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
  const [first, last] = [samples[0]?.at ?? 0, samples.at(-1)?.at ?? 0];
  const lifeMs = last - first;
  if (lifeMs < MIN_LIFE_MS) return undefined;
  const of = (from: number, to: number): number =>
    median(samples.filter(({ at }) => at >= first + from * lifeMs && at <= first + to * lifeMs));
  return of(0.8, 1) / of(0.2, 0.4);
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
