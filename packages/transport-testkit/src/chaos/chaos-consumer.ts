import type { ConsumeOptions, Delivery, RpcError, Subscription, Transport } from "@porthos-rpc/protocol";
import type { ChaosLink, ChaosParts } from "./chaos-link.js";

/** A consumer whose acceptances may be lost, and whose deliveries may be late. */
export class ChaosConsumer implements ChaosLink, Subscription {
  readonly #inner: Transport;
  readonly #queue: string;
  readonly #options: ConsumeOptions;
  readonly #onDelivery: (delivery: Delivery) => void;
  readonly #parts: ChaosParts;
  /** Of the connection there is; their owners may settle them. */
  #unsettled = new Set<Delivery>();
  #subscription: Subscription | undefined;
  /** Counts the openings, so that one that comes too late is noticed. */
  #turn = 0;

  constructor(
    inner: Transport,
    [queue, options, onDelivery]: Parameters<Transport["consume"]>,
    parts: ChaosParts,
  ) {
    this.#inner = inner;
    this.#queue = queue;
    const { credit, onDegraded } = options;
    this.#options =
      onDegraded === undefined
        ? options
        : { credit, onDegraded: (reason) => parts.guarded("an onDegraded", () => onDegraded(reason)) };
    this.#onDelivery = onDelivery;
    this.#parts = parts;
  }

  async open(): Promise<void> {
    const turn = ++this.#turn;
    const isCurrent = (): boolean => turn === this.#turn;
    const subscription = await this.#inner.consume(this.#queue, this.#options, (delivery) => {
      if (isCurrent()) this.#take(delivery, isCurrent);
      else delivery.release();
    });
    if (isCurrent()) this.#subscription = subscription;
    else await subscription.cancel();
  }

  lose(_reason?: RpcError): void {
    const unsettled = this.#unsettled;
    this.#unsettled = new Set();
    this.#endTurn();
    for (const delivery of unsettled) delivery.release();
  }

  stop(): void {
    this.#turn++;
    this.#parts.delays.clear();
  }

  async cancel(): Promise<void> {
    this.#parts.onCancel(this);
    this.#turn++;
    const subscription = this.#subscription;
    this.#subscription = undefined;
    await subscription?.cancel();
  }

  #endTurn(): void {
    this.#turn++;
    this.#parts.delays.clear();
    void this.#subscription?.cancel();
    this.#subscription = undefined;
  }

  #take(delivery: Delivery, isCurrent: () => boolean): void {
    const unsettled = this.#unsettled;
    unsettled.add(delivery);
    const settle = (how: "accept" | "release" | "reject") => (): void => {
      if (unsettled === this.#unsettled && unsettled.delete(delivery)) delivery[how]();
    };
    // Drawn now, so that the order in which a user settles changes nothing. Only once, or it would never end.
    const comesAgain = this.#parts.dice.roll("duplicate") && !delivery.redelivered;
    const handed: Delivery = {
      message: delivery.message,
      redelivered: delivery.redelivered,
      deliveryCount: delivery.deliveryCount,
      accept: settle(comesAgain ? "release" : "accept"),
      release: settle("release"),
      reject: settle("reject"),
    };
    this.#parts.delays.post(() => {
      if (isCurrent()) this.#parts.guarded("an onDelivery", () => this.#onDelivery(handed));
      else settle("release")();
    });
  }
}
