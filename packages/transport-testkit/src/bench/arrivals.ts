import assert from "node:assert/strict";
import type { Waits } from "../fixture.js";
import { pause, until } from "./waits.js";

/** What arrives somewhere, in order: deliveries, messages, events. Cases take from it with bounded waits. */
export class Arrivals<T> {
  readonly all: T[] = [];
  readonly #what: string;
  readonly #waits: Waits;
  #taken = 0;

  /** @param what one of them, for error texts: "a delivery from orders" */
  constructor(what: string, waits: Waits) {
    this.#what = what;
    this.#waits = waits;
  }

  readonly add = (item: T): void => {
    this.all.push(item);
  };

  get count(): number {
    return this.all.length;
  }

  /** The next one that was not taken yet. */
  async next(ms: number = this.#waits.waitMs): Promise<T> {
    const index = this.#taken++;
    await until(ms, `${this.#what} (number ${index + 1})`, () => this.all.length > index);
    return this.all[index] as T;
  }

  /** The next `count`. */
  async take(count: number, ms: number = this.#waits.waitMs): Promise<T[]> {
    const first = this.#taken;
    this.#taken += count;
    const missing = (): string => `${count} of ${this.#what}, ${this.all.length - first} came`;
    await until(ms, `${count} of ${this.#what}`, () => this.all.length >= first + count).catch(
      (error: Error) => {
        error.message += ` (${missing()})`;
        throw error;
      },
    );
    return this.all.slice(first, first + count);
  }

  /** Waits the quiet time, and fails if more has come than was taken. */
  async nothingMore(why: string): Promise<void> {
    await pause(this.#waits.quietMs);
    const more = this.all.length - this.#taken;
    assert.equal(more, 0, `${more} too many of ${this.#what}: ${why}`);
  }
}
