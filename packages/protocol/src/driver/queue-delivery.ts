import type { Message } from "../message.js";
import type { Delivery } from "../transport.js";

/** How a delivery is settled. */
export type Settlement = "accept" | "release" | "reject";

/** What deliveries come over, and settles them by their numbers. Does nothing once it has ended. */
interface Settler {
  settle(tag: number, how: Settlement): void;
}

/** A delivery that its lane knows by a number. The first settlement counts; the others do nothing. */
export class QueueDelivery implements Delivery {
  readonly message: Message;
  readonly redelivered: boolean;
  readonly deliveryCount: number | undefined;
  readonly #tag: number;
  /** Undefined once settled. */
  #lane: Settler | undefined;

  constructor(
    lane: Settler,
    tag: number,
    message: Message,
    redelivered: boolean,
    deliveryCount: number | undefined,
  ) {
    this.#lane = lane;
    this.#tag = tag;
    this.message = message;
    this.redelivered = redelivered;
    this.deliveryCount = deliveryCount;
  }

  accept(): void {
    this.#settle("accept");
  }

  release(): void {
    this.#settle("release");
  }

  reject(): void {
    this.#settle("reject");
  }

  #settle(how: Settlement): void {
    const lane = this.#lane;
    if (lane === undefined) return;
    this.#lane = undefined;
    lane.settle(this.#tag, how);
  }
}
