/**
 * Items under consecutive numbers, added at the end and mostly taken near the front, as confirms and acknowledgements
 * come. All operations cost O(1) on average.
 */
export class SequenceWindow<T extends NonNullable<unknown>> {
  #items: (T | undefined)[] = [];
  #head = 0;
  /** The number of `#items[0]`. */
  #base: number;
  #size = 0;

  /** @param first the number that the first item gets */
  constructor(first: number) {
    this.#base = first;
  }

  /** How many items are in it. */
  get size(): number {
    return this.#size;
  }

  /** The smallest number that has an item; the next number when there is none. */
  get first(): number {
    return this.#base + this.#head;
  }

  /** The number that the next item gets. */
  get next(): number {
    return this.#base + this.#items.length;
  }

  push(item: T): number {
    this.#size++;
    return this.#base + this.#items.push(item) - 1;
  }

  get(number: number): T | undefined {
    return this.#items[number - this.#base];
  }

  take(number: number): T | undefined {
    const index = number - this.#base;
    const item = this.#items[index];
    if (item === undefined) return undefined;
    this.#items[index] = undefined;
    this.#size--;
    if (index === this.#head) this.#advance();
    return item;
  }

  /** Walks to the next item, and now and then lets go of what lies behind. */
  #advance(): void {
    const items = this.#items;
    let head = this.#head;
    while (head < items.length && items[head] === undefined) head++;
    if (head === items.length) {
      this.#base += head;
      items.length = 0;
      head = 0;
    } else if (head >= 1024 && head * 2 >= items.length) {
      this.#base += head;
      items.splice(0, head);
      head = 0;
    }
    this.#head = head;
  }
}
