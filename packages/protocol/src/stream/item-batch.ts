import type { ItemsFrame } from "./frames.js";

/** An item ready to travel. */
export interface EncodedItem {
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Whether it may share a frame: it is the text of a JSON value. */
  readonly joins: boolean;
}

const OPEN = 0x5b;
const COMMA = 0x2c;
const CLOSE = 0x5d;

/** Items that have not been sent yet, and how they share frames. */
export class ItemBatch {
  readonly #maxItems: number;
  readonly #maxBytes: number;
  #items: EncodedItem[] = [];

  /** @param maxBytes of a frame's body that holds more than one item */
  constructor(maxItems: number, maxBytes: number) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#items.length;
  }

  add(item: EncodedItem): void {
    this.#items.push(item);
  }

  clear(): void {
    this.#items = [];
  }

  /**
   * Takes out as many items, from the first, as fit into one frame; there must be one. An item by itself travels as it
   * is, without a copy.
   * @param seq the number of the first one
   */
  take(seq: number): ItemsFrame {
    const { count, bytes } = this.#fitting();
    const items = count === this.#items.length ? this.#items : this.#items.splice(0, count);
    if (items === this.#items) this.#items = [];
    const { body, contentType } = items[0] as EncodedItem;
    if (count === 1) return { kind: "item", seq, count, body, contentType };
    return { kind: "items", seq, count, body: join(items, bytes), contentType };
  }

  #fitting(): { readonly count: number; readonly bytes: number } {
    const items = this.#items;
    let count = 0;
    // Of the opening bracket; each item brings the comma or bracket after it.
    let bytes = 1;
    for (; count < items.length && count < this.#maxItems; count++) {
      const { body, joins } = items[count] as EncodedItem;
      const more = bytes + body.length + 1;
      if (count > 0 && (!joins || more > this.#maxBytes)) break;
      bytes = more;
      if (!joins) return { count: 1, bytes };
    }
    return { count, bytes };
  }
}

/** A JSON array of the items. */
function join(items: readonly EncodedItem[], bytes: number): Uint8Array {
  const body = new Uint8Array(bytes);
  body[0] = OPEN;
  let at = 1;
  for (const item of items) {
    body.set(item.body, at);
    at += item.body.length;
    body[at++] = COMMA;
  }
  body[at - 1] = CLOSE;
  return body;
}
