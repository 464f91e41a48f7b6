import type { Parcel } from "./parcel.js";

/** Parcels that came back to their queue, in any order; they leave by their place. A binary heap. */
export class Returned {
  #heap: Parcel[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): Parcel | undefined {
    return this.#heap[0];
  }

  push(parcel: Parcel): void {
    const heap = this.#heap;
    let hole = heap.length;
    heap.push(parcel);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (this.#at(parent).place <= parcel.place) break;
      heap[hole] = this.#at(parent);
      hole = parent;
    }
    heap[hole] = parcel;
  }

  /** The one with the lowest place. */
  shift(): Parcel | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  retain(keep: (parcel: Parcel) => boolean): void {
    const kept = this.#heap.filter(keep);
    this.#heap = [];
    for (const parcel of kept) this.push(parcel);
  }

  /** Finds the place for what was last, from the top. */
  #sink(parcel: Parcel): void {
    const heap = this.#heap;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#at(child + 1).place < this.#at(child).place) child++;
      if (this.#at(child).place >= parcel.place) break;
      heap[hole] = this.#at(child);
      hole = child;
    }
    heap[hole] = parcel;
  }

  #at(index: number): Parcel {
    return this.#heap[index] as Parcel;
  }
}
