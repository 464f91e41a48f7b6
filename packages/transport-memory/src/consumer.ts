import type { Delivery } from "@porthos-rpc/protocol";
import { QueueDelivery } from "./delivery.js";
import type { Engine } from "./engine.js";
import { copyMessage } from "./message-copy.js";
import type { Parcel } from "./parcel.js";
import type { Queue } from "./queue.js";

/** What a consumer is made with. */
export interface ConsumerHandler {
  /** Unsettled deliveries at a time. */
  readonly credit: number;
  /** Must not throw. */
  onDelivery(delivery: Delivery): void;
  /** The queue was deleted; what was unsettled is gone with it. */
  onQueueDeleted(): void;
}

/** One who takes messages from a queue: never more than its credit unsettled. */
export class Consumer {
  readonly #engine: Engine;
  readonly #queue: Queue;
  readonly #handler: ConsumerHandler;
  /** In no order: a settled one is replaced by the last. */
  readonly #unsettled: QueueDelivery[] = [];
  #cancelled = false;
  /** Whether the queue has it among those that can take more. */
  inLine = false;

  constructor(engine: Engine, queue: Queue, handler: ConsumerHandler) {
    this.#engine = engine;
    this.#queue = queue;
    this.#handler = handler;
    queue.join(this);
  }

  get canTake(): boolean {
    return !this.#cancelled && this.#unsettled.length < this.#handler.credit;
  }

  /** Cancelled, and nothing left to settle. */
  get isDone(): boolean {
    return this.#cancelled && this.#unsettled.length === 0;
  }

  /** Holds the parcel as unsettled from now on. */
  take(parcel: Parcel): QueueDelivery {
    const message = copyMessage(parcel.message, this.#engine.settings.maxMessageBytes);
    const delivery = new QueueDelivery(this, parcel, message, this.#unsettled.length);
    this.#unsettled.push(delivery);
    return delivery;
  }

  /** At once, or when the broker's latency has passed. */
  handOver(delivery: QueueDelivery): void {
    const { line } = this.#engine;
    if (line === undefined) this.#arrive(delivery);
    else line.post(() => this.#arrive(delivery));
  }

  /** No new deliveries; the unsettled ones can still be settled. */
  cancel(): void {
    this.#cancelled = true;
    this.#queue.leave(this);
  }

  /** Its connection is gone: everything goes back to the queue. */
  end(): void {
    this.cancel();
    for (const delivery of this.#unsettled.splice(0)) {
      delivery.forget();
      this.#queue.released(this, delivery.parcel);
    }
  }

  /** The queue is gone, and nothing goes back to it. */
  queueDeleted(): void {
    this.cancel();
    for (const delivery of this.#unsettled.splice(0)) delivery.forget();
    this.#handler.onQueueDeleted();
  }

  accepted(delivery: QueueDelivery): void {
    this.#remove(delivery);
    this.#queue.settled(this);
  }

  released(delivery: QueueDelivery): void {
    this.#remove(delivery);
    this.#queue.released(this, delivery.parcel);
  }

  rejected(delivery: QueueDelivery): void {
    this.#remove(delivery);
    this.#queue.rejected(this);
  }

  #arrive(delivery: QueueDelivery): void {
    if (delivery.isSettled) return;
    if (this.#cancelled) delivery.release();
    else this.#handler.onDelivery(delivery);
  }

  #remove(delivery: QueueDelivery): void {
    const last = this.#unsettled.pop() as QueueDelivery;
    if (last === delivery) return;
    this.#unsettled[delivery.slot] = last;
    last.slot = delivery.slot;
  }
}
