import type { Delivery, Message } from "@porthos-rpc/protocol";

/** All deliveries of one request: what becomes of the first becomes of those that came again meanwhile. */
export class Settlement {
  readonly #first: Delivery;
  #further: Delivery[] | undefined;
  #isAccepted = false;

  constructor(first: Delivery) {
    this.#first = first;
  }

  /** Whether nobody else gets the request any more. */
  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** As it came first. */
  get message(): Message {
    return this.#first.message;
  }

  /** Hands all of them to another one of the same request; false if that takes none. */
  moveTo(adopt: (delivery: Delivery) => boolean): boolean {
    if (!adopt(this.#first)) return false;
    for (const delivery of this.#further ?? []) adopt(delivery);
    return true;
  }

  /** How often it has been delivered, as far as its broker counts. */
  get deliveries(): number | undefined {
    const { deliveryCount } = this.#further?.at(-1) ?? this.#first;
    return deliveryCount === undefined ? undefined : deliveryCount + 1;
  }

  /** Whether it may have run before, or came again since. */
  get redelivered(): boolean {
    return this.#first.redelivered || this.#further !== undefined;
  }

  /**
   * Takes over a further delivery of the same request; false if it is of another. The first one was most likely lost with its
   * connection, and settling it does nothing; but a broker may as well have the message twice.
   */
  adopt(delivery: Delivery): boolean {
    if (!isSameRequest(this.#first.message, delivery.message)) return false;
    if (this.#isAccepted) {
      delivery.accept();
    } else {
      this.#further ??= [];
      this.#further.push(delivery);
    }
    return true;
  }

  accept(): void {
    this.#isAccepted = true;
    this.#first.accept();
    for (const delivery of this.#further ?? []) delivery.accept();
  }

  /** Never again. */
  reject(): void {
    this.#isAccepted = true;
    this.#first.reject();
    for (const delivery of this.#further ?? []) delivery.reject();
  }

  /** Back to the queue: whoever gets it next answers it. */
  release(): void {
    this.#first.release();
    for (const delivery of this.#further ?? []) delivery.release();
  }
}

/** Whether both are one request: its id is its caller's, so it counts only together with where he wants his answer. */
function isSameRequest(one: Message, other: Message): boolean {
  return (
    one.correlationId !== undefined &&
    one.correlationId === other.correlationId &&
    one.replyTo === other.replyTo
  );
}
