import type { Entry } from "../record.js";
import { type Book, isOf } from "./book.js";
import { all, type History } from "./history.js";

/** How long a process did not run, or only in fits and starts, between two times. */
export function stalledMs(book: Book, fromAt: number, toAt: number): number {
  let sum = 0;
  for (const { fromAt: beganAt, ms, at: endedAt } of stallsOf(book)) {
    if (beganAt <= toAt && endedAt >= fromAt) sum += ms;
  }
  return sum;
}

/** How a process ended, as the conductor saw it. */
export function endOf({ process }: Book, { conductor }: History): Entry<"exited"> | undefined {
  return all(conductor, "exited").find(
    ({ role, index, life }) => role === process.role && index === process.index && life === process.life,
  );
}

/**
 * Whether something had happened to a process's connection between two times, or was noticed a little later: it heard
 * of it, or its line or the broker were under a fault.
 */
export function wasDisturbed(book: Book, fromAt: number, toAt: number, history: History): boolean {
  const noticedMs = 2 * history.run.heartbeatMs + 1_000;
  const within = (at: number): boolean => at >= fromAt - noticedMs && at <= toAt + noticedMs;
  if (disturbancesOf(book).some(within)) return true;
  const name = `${book.process.role} ${book.process.index}`;
  return faultsOf(history).some(({ target, beginsAt, endsAt }) => {
    const concerns = target === "broker" || target === name;
    return concerns && beginsAt <= toAt && endsAt >= fromAt - noticedMs;
  });
}

/** A fault that was done, from its beginning to when it was undone. */
export type Deed = {
  readonly number: number;
  readonly kind: string;
  readonly target: string;
  readonly beginsAt: number;
  readonly endsAt: number;
  /** What went wrong with it. */
  readonly text: string | undefined;
};

export function faultsOf({ conductor }: History): readonly Deed[] {
  return remembered(deeds, conductor, () => {
    const faults = all(conductor, "fault");
    return faults
      .filter(({ phase }) => phase === "begins")
      .map(({ number, kind, target, at }) => {
        const end = faults.find((other) => other.number === number && other.phase === "ends");
        return { number, kind, target, beginsAt: at, endsAt: end?.at ?? at, text: end?.text };
      });
  });
}

const deeds = new WeakMap<Book, readonly Deed[]>();
const stalls = new WeakMap<Book, readonly Entry<"stall">[]>();
const disturbances = new WeakMap<Book, readonly number[]>();

function stallsOf(book: Book): readonly Entry<"stall">[] {
  return remembered(stalls, book, () => all(book, "stall"));
}

function disturbancesOf(book: Book): readonly number[] {
  return remembered(disturbances, book, () =>
    book.entries
      .filter((entry) => isOf(entry, "connection") && (entry.state === "down" || entry.state === "degraded"))
      .map(({ at }) => at),
  );
}

/** A book does not change; the laws ask the same of it for each call. */
function remembered<T>(known: WeakMap<Book, T>, book: Book, make: () => T): T {
  let value = known.get(book);
  if (value === undefined) {
    value = make();
    known.set(book, value);
  }
  return value;
}
