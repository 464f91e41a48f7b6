/** The faults that are drawn by lot. */
export const FAULTS = [
  "dropSend",
  "dropReply",
  "dropPublish",
  "refuse",
  "unknown",
  "duplicate",
  "disconnect",
] as const;

export type Fault = (typeof FAULTS)[number];

/**
 * Draws faults. Each kind has a generator of its own, so that asking for one more kind of fault does not change when
 * the others happen.
 */
export class Dice {
  /** How many of each have happened. */
  readonly counts: Record<Fault, number>;
  readonly #shares: Readonly<Record<Fault, number>>;
  readonly #generators: Readonly<Record<Fault, () => number>>;
  readonly #delays: () => number;

  constructor(seed: number, shares: Readonly<Record<Fault, number>>) {
    this.#shares = shares;
    this.#generators = byFault((index) => generator(seed ^ ((index + 1) * 0x9e3779b9)));
    this.#delays = generator(~seed);
    this.counts = byFault(() => 0);
  }

  /** Whether the fault happens now. */
  roll(fault: Fault): boolean {
    const happens = this.#generators[fault]() < this.#shares[fault];
    if (happens) this.counts[fault]++;
    return happens;
  }

  /** A number from 0 to less than `limit`. */
  upTo(limit: number): number {
    return this.#delays() * limit;
  }
}

function byFault<T>(make: (index: number) => T): Record<Fault, T> {
  return Object.fromEntries(FAULTS.map((fault, index) => [fault, make(index)])) as Record<Fault, T>;
}

/** Evenly spread numbers, 0 <= x < 1, the same for the same seed (Mulberry32, public domain, T. Ettinger). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
