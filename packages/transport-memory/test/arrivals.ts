/** What has arrived, and a way to wait for the next one. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #taken = 0;
  #wake: (() => void) | undefined;

  /** To be handed over as a callback. */
  readonly add = (item: T): void => {
    this.all.push(item);
    this.#wake?.();
  };

  get count(): number {
    return this.all.length;
  }

  /** The first that was not taken yet. */
  async next(): Promise<T> {
    while (this.#taken === this.all.length) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.all[this.#taken++] as T;
  }

  async take(count: number): Promise<T[]> {
    const items: T[] = [];
    while (items.length < count) items.push(await this.next());
    return items;
  }
}
