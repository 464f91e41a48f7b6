import type { Message, SendListener } from "@porthos-rpc/protocol";

/** A send whose outcome is not known yet. */
export interface Send {
  readonly address: string;
  readonly message: Message;
  readonly listener: SendListener | undefined;
  /** The encoded message, while it waits for credit. */
  bytes: Buffer | undefined;
  readonly queuedAtMs: number;
  /** When it was given to the broker. */
  sentAtMs: number;
  /** The outcome has been told: nobody waits for the broker's word any more, but it still owes it. */
  told: boolean;
}

/** The sends of one link that have no outcome yet: first those that wait for credit, then those that were sent. */
export class UnsettledSends {
  #waiting: Send[] = [];
  #head = 0;
  #sent = new Map<number, Send>();
  #bytes = 0;
  #onEmpty: (() => void)[] = [];

  get size(): number {
    return this.waiting + this.#sent.size;
  }

  /** How many wait for credit. */
  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  /** What they take, in bytes of their bodies. */
  get bytes(): number {
    return this.#bytes;
  }

  wait(send: Send): void {
    this.#waiting.push(send);
    this.#bytes += send.message.body.length;
  }

  sent(number: number, send: Send): void {
    this.#sent.set(number, send);
    this.#bytes += send.message.body.length;
  }

  /** The next that waits for credit, taken out. */
  next(): Send | undefined {
    const send = this.#waiting[this.#head];
    if (send === undefined) return undefined;
    this.#head++;
    if (this.#head > 1_000 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    this.#removed(send);
    return send;
  }

  /** Takes out those that wait for credit and are to wait no longer. */
  takeWaiting(isOver: (send: Send) => boolean): readonly Send[] {
    const over: Send[] = [];
    const left: Send[] = [];
    for (let i = this.#head; i < this.#waiting.length; i++) {
      const send = this.#waiting[i] as Send;
      (isOver(send) ? over : left).push(send);
    }
    if (over.length === 0) return over;
    this.#waiting = left;
    this.#head = 0;
    for (const send of over) this.#removed(send);
    return over;
  }

  /** Marks those that were sent and are to be told now. They stay until the broker's word comes. */
  tellSent(isOver: (send: Send) => boolean): readonly Send[] {
    const over: Send[] = [];
    for (const send of this.#sent.values()) {
      if (send.told) continue;
      // In the order they were sent: the first that has time left ends it.
      if (!isOver(send)) break;
      send.told = true;
      over.push(send);
    }
    return over;
  }

  /** The broker's word on one. */
  settle(number: number): Send | undefined {
    const send = this.#sent.get(number);
    if (send === undefined) return undefined;
    this.#sent.delete(number);
    this.#removed(send);
    return send;
  }

  /** Takes out everything: first what was sent, then what waits. */
  drop(): { readonly sent: readonly Send[]; readonly waiting: readonly Send[] } {
    const sent = [...this.#sent.values()];
    const waiting = this.#waiting.slice(this.#head);
    this.#sent = new Map();
    this.#waiting = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#tellEmpty();
    return { sent, waiting };
  }

  /** Resolves when nothing is unsettled. */
  async empty(): Promise<void> {
    // Looked at again each time: what `next` took out is sent in the same turn.
    while (this.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  #removed(send: Send): void {
    this.#bytes -= send.message.body.length;
    if (this.size === 0) this.#tellEmpty();
  }

  #tellEmpty(): void {
    const waiting = this.#onEmpty;
    this.#onEmpty = [];
    for (const resolve of waiting) resolve();
  }
}
