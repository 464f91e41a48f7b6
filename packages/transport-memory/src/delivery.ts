import type { Delivery, Message } from "@porthos-rpc/protocol";
import type { Consumer } from "./consumer.js";
import type { Parcel } from "./parcel.js";

/** A parcel in a consumer's hands. */
export class QueueDelivery implements Delivery {
  /** The receiver's own: what it does to it is not seen by whoever gets the parcel next. */
  readonly message: Message;
  readonly redelivered: boolean;
  readonly deliveryCount: number;
  readonly parcel: Parcel;
  /** Where the consumer finds it among its unsettled ones. */
  slot: number;
  #consumer: Consumer | undefined;

  constructor(consumer: Consumer, parcel: Parcel, message: Message, slot: number) {
    this.message = message;
    this.redelivered = parcel.returns > 0;
    this.deliveryCount = parcel.returns;
    this.parcel = parcel;
    this.slot = slot;
    this.#consumer = consumer;
  }

  get isSettled(): boolean {
    return this.#consumer === undefined;
  }

  accept(): void {
    this.forget()?.accepted(this);
  }

  release(): void {
    this.forget()?.released(this);
  }

  reject(): void {
    this.forget()?.rejected(this);
  }

  /** From now on settling does nothing. Gives the consumer that held it, the first time. */
  forget(): Consumer | undefined {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    return consumer;
  }
}
