import type { SendLaneEvents } from "./lane.js";

/** How long a return may come behind its negative confirm; they leave the broker together. */
const HOLD_MS = 50;

/**
 * Puts returns before their confirms, as RabbitMQ sends them. Qpid Broker-J confirms a message that no queue took
 * negatively first and returns it then; without the return a negative confirm means that the queue is full.
 */
export class LateReturns {
  readonly #events: SendLaneEvents;
  #held: { readonly number: number; readonly multiple: boolean } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(events: SendLaneEvents) {
    this.#events = events;
  }

  onAck(number: number, multiple: boolean): void {
    this.flush();
    this.#events.onConfirm(number, multiple, true);
  }

  onNack(number: number, multiple: boolean): void {
    this.flush();
    this.#held = { number, multiple };
    this.#timer = setTimeout(() => this.flush(), HOLD_MS);
  }

  onReturn(messageId: string): void {
    this.#events.onReturn(messageId);
    this.flush();
  }

  /** Passes on what is held. To be called when the channel ends, before anything else is done about it. */
  flush(): void {
    clearTimeout(this.#timer);
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#events.onConfirm(held.number, held.multiple, false);
  }
}
