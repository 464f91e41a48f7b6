/** Names that no other case, run or machine uses at the same time on the same broker. */
export class Names {
  static #cases = 0;
  readonly #prefix: string;
  #next = 1;

  constructor() {
    const random = Math.random().toString(36).slice(2, 10);
    this.#prefix = `porthos-testkit-${random}-${++Names.#cases}`;
  }

  next(word: string): string {
    return `${this.#prefix}-${word}-${this.#next++}`;
  }
}
