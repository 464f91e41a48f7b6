/** What waits to be shipped, in order, up to a bound: where there is no room, the oldest goes. */
export class Backlog<T> {
  readonly #items: (T | undefined)[];
  #first = 0;
  #length = 0;

  /** @param capacity 1 or more */
  constructor(capacity: number) {
    this.#items = new Array<T | undefined>(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** @returns how many had to go for it: 0 or 1. */
  push(item: T): number {
    const { length: capacity } = this.#items;
    const index = this.#first + this.#length;
    this.#items[index < capacity ? index : index - capacity] = item;
    if (this.#length < capacity) {
      this.#length++;
      return 0;
    }
    this.#first = this.#first + 1 === capacity ? 0 : this.#first + 1;
    return 1;
  }

  /** The oldest, at most so many, which are no longer here. */
  take(max: number): T[] {
    const taken: T[] = [];
    for (let left = Math.min(max, this.#length); left > 0; left--) {
      taken.push(this.#items[this.#first] as T);
      this.#items[this.#first] = undefined;
      this.#first = this.#first + 1 === this.#items.length ? 0 : this.#first + 1;
      this.#length--;
    }
    return taken;
  }

  /** Puts what was taken in front again. @returns how many of it, its oldest, there was no room for. */
  putBack(taken: readonly T[]): number {
    const { length: capacity } = this.#items;
    const kept = Math.min(taken.length, capacity - this.#length);
    for (let index = 0; index < kept; index++) {
      this.#first = this.#first === 0 ? capacity - 1 : this.#first - 1;
      this.#items[this.#first] = taken[taken.length - 1 - index];
      this.#length++;
    }
    return taken.length - kept;
  }
}
