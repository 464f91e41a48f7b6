import { SOON_MS, within } from "./waits.js";

/** What arrives somewhere, in order. Taken from with bounded waits. */
export class Arrivals<T> {
  readonly all: T[] = [];
  readonly #what: string;
  #taken = 0;
  #wake: () => void = () => {};

  /** @param what one of them, for error texts: "a request for orders" */
  constructor(what: string) {
    this.#what = what;
  }

  readonly add = (item: T): void => {
    this.all.push(item);
    this.#wake();
  };

  get count(): number {
    return this.all.length;
  }

  /** The next one that was not taken yet. */
  async next(ms: number = SOON_MS): Promise<T> {
    const [item] = await this.take(1, ms);
    return item as T;
  }

  /** The next `count`. */
  async take(count: number, ms: number = SOON_MS): Promise<T[]> {
    const first = this.#taken;
    this.#taken += count;
    await this.reach(first + count, ms);
    return this.all.slice(first, first + count);
  }

  /** Resolves once so many have come in all. One waits at a time. */
  async reach(count: number, ms: number = SOON_MS): Promise<void> {
    const reached = new Promise<void>((resolve) => {
      this.#wake = () => {
        if (this.all.length >= count) resolve();
      };
      this.#wake();
    });
    await within(ms, `number ${count} of ${this.#what}`, reached);
  }
}
