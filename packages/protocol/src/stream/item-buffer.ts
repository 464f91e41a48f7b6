import type { ItemsFrame } from "./frames.js";

interface Link {
  readonly frame: ItemsFrame;
  following: Link | undefined;
}

/** Frames whose items nobody has read yet. They are opened one by one, when their first item is read. */
export class ItemBuffer {
  readonly #open: (frame: ItemsFrame) => readonly unknown[];
  readonly #onDropped: (bytes: number) => void;
  #first: Link | undefined;
  #last: Link | undefined;
  /** The items of the first frame, once it is open. */
  #items: readonly unknown[] | undefined;
  #next = 0;
  #size = 0;

  /**
   * @param open gives a frame's items, exactly as many as it says; what it throws leaves `take`
   * @param onDropped bytes of frames are not held any more
   */
  constructor(
    open: (frame: ItemsFrame) => readonly unknown[],
    onDropped: (bytes: number) => void = () => {},
  ) {
    this.#open = open;
    this.#onDropped = onDropped;
  }

  /** How many items there are. */
  get size(): number {
    return this.#size;
  }

  push(frame: ItemsFrame): void {
    const link: Link = { frame, following: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.following = link;
    this.#last = link;
    this.#size += frame.count;
  }

  /** The next item; there must be one. */
  take(): unknown {
    this.#items ??= this.#open((this.#first as Link).frame);
    const item = this.#items[this.#next++];
    this.#size--;
    if (this.#next === this.#items.length) this.#shift();
    return item;
  }

  clear(): void {
    for (let link = this.#first; link !== undefined; link = link.following) {
      this.#onDropped(link.frame.body.length);
    }
    this.#first = undefined;
    this.#last = undefined;
    this.#items = undefined;
    this.#next = 0;
    this.#size = 0;
  }

  #shift(): void {
    this.#items = undefined;
    this.#next = 0;
    const { frame, following } = this.#first as Link;
    this.#onDropped(frame.body.length);
    this.#first = following;
    if (this.#first === undefined) this.#last = undefined;
  }
}
