/** Times shorter than the least, in milliseconds, are counted as it, longer ones than the most (about 12 days) as the most. */
const LEAST_MS = 0.001;
const OCTAVES = 40;
/** Buckets grow by the eighth root of 2, 9%: their middles are at most 5% off. */
const BUCKETS_PER_OCTAVE = 8;

/** Durations, counted in buckets: 1.3 kB, however many there are. */
export class Histogram {
  readonly #counts = new Uint32Array(OCTAVES * BUCKETS_PER_OCTAVE);
  #count = 0;
  #sumMs = 0;

  get count(): number {
    return this.#count;
  }

  /** Undefined before the first. */
  get meanMs(): number | undefined {
    return this.#count === 0 ? undefined : this.#sumMs / this.#count;
  }

  add(ms: number): void {
    const index = Math.floor(Math.log2(ms / LEAST_MS) * BUCKETS_PER_OCTAVE);
    // NaN, of a time below 0, is the least as well.
    const bucket = index > 0 ? Math.min(index, this.#counts.length - 1) : 0;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#count++;
    this.#sumMs += ms;
  }

  /** What that share of them, 0 to 1, did not exceed; undefined before the first. */
  percentileMs(share: number): number | undefined {
    if (this.#count === 0) return undefined;
    let left = Math.max(1, Math.ceil(share * this.#count));
    const bucket = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return LEAST_MS * 2 ** ((bucket + 0.5) / BUCKETS_PER_OCTAVE);
  }
}
