import type { JsonLimits } from "./json-limits.js";

/** The time that a bigint takes to read grows faster than its digits. */
export const MAX_BIGINT_DIGITS = 10_000;

/** Counts the names of members, of all objects of a value together. */
export class Names {
  readonly #most: number;
  #left: number;

  constructor({ maxJsonKeys }: JsonLimits) {
    this.#most = maxJsonKeys;
    this.#left = maxJsonKeys;
  }

  /** Whether there may be so many more. */
  take(count: number): boolean {
    this.#left -= count;
    return this.#left >= 0;
  }

  get tooMany(): string {
    return `more than ${this.#most} keys`;
  }
}
