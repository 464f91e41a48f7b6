/** How many of a server's slots each caller has. */
export class CallerShares {
  readonly #max: number;
  readonly #taken = new Map<string, number>();

  /** @param max of one caller; 1 or more */
  constructor(max: number) {
    this.#max = max;
  }

  /** Takes one more for him; false if he has all that he may have. */
  take(caller: string): boolean {
    const taken = this.#taken.get(caller) ?? 0;
    if (taken >= this.#max) return false;
    this.#taken.set(caller, taken + 1);
    return true;
  }

  give(caller: string): void {
    const taken = this.#taken.get(caller) ?? 0;
    if (taken > 1) this.#taken.set(caller, taken - 1);
    else this.#taken.delete(caller);
  }

  /** Of how many callers anything is kept. */
  get size(): number {
    return this.#taken.size;
  }
}
