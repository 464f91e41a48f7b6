/** Ids of one generation; two are kept, so between this and twice as many. */
const GENERATION = 10_000;

/**
 * The ids of late: a set that forgets the oldest. Two generations, since deleting a Set's oldest entry one by one walks
 * over the holes that were left before.
 */
export class RecentIds {
  #fresh = new Set<string>();
  #old = new Set<string>();

  get isEmpty(): boolean {
    return this.#fresh.size === 0 && this.#old.size === 0;
  }

  add(id: string): void {
    if (this.#fresh.size >= GENERATION) {
      this.#old = this.#fresh;
      this.#fresh = new Set();
    }
    this.#fresh.add(id);
  }

  has(id: string): boolean {
    return this.#fresh.has(id) || this.#old.has(id);
  }

  /** Whether it was there. */
  delete(id: string): boolean {
    const fresh = this.#fresh.delete(id);
    return this.#old.delete(id) || fresh;
  }
}
