import { SequenceWindow } from "./sequence-window.js";

/** What to tell the broker: that tag, or all outstanding ones up to it (AMQP 0-9-1, basic.ack). */
export interface Ack {
  readonly tag: number;
  readonly multiple: boolean;
}

/**
 * The deliveries of one channel that are not settled, in the order they came: gathers accepts and finds out which of
 * them one `multiple` acknowledgement covers. It must cover no tag that is still open, since that would settle it.
 */
export class AckWindow {
  readonly #open = new SequenceWindow<true>(1);
  #accepted: number[] = [];
  #unsettled = 0;

  /** Deliveries that nobody has settled. */
  get unsettled(): number {
    return this.#unsettled;
  }

  /** Accepts that the broker has not been told of. */
  get waiting(): number {
    return this.#accepted.length;
  }

  /** Tags count from 1 on each channel, without gaps (AMQP 0-9-1, 1.4.1.1 delivery-tag). */
  delivered(): void {
    this.#open.push(true);
    this.#unsettled++;
  }

  /** Notes an accept, for the next `take`. */
  accept(tag: number): void {
    if (!this.#settle(tag)) return;
    this.#accepted.push(tag);
  }

  /** The delivery is settled in another way; false if it already was. */
  drop(tag: number): boolean {
    return this.#settle(tag);
  }

  /** The accepts since the last time, as few acknowledgements as possible. */
  take(): Ack[] {
    const accepted = this.#accepted;
    this.#accepted = [];
    const firstOpen = this.#open.first;
    let covered = 0;
    let last = 0;
    const acks: Ack[] = [];
    for (const tag of accepted) {
      if (tag >= firstOpen) acks.push({ tag, multiple: false });
      else {
        covered++;
        if (tag > last) last = tag;
      }
    }
    if (covered > 0) acks.push({ tag: last, multiple: covered > 1 });
    return acks;
  }

  #settle(tag: number): boolean {
    if (this.#open.take(tag) === undefined) return false;
    this.#unsettled--;
    return true;
  }
}
