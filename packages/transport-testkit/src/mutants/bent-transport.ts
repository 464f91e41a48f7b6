import type {
  ConsumeOptions,
  Delivery,
  Inbox,
  InboxHandler,
  Lease,
  Message,
  SendListener,
  Subscription,
  Transport,
  TransportEvents,
} from "@porthos-rpc/protocol";
import { PassThrough } from "../pass-through.js";

/** Where a mutant may interfere. What is left out works as it should. */
export interface Bends {
  /** Changes what is sent, on all three ways. */
  readonly outgoing?: (message: Message) => Message;
  /** Changes what arrives: in deliveries, in inboxes and on topics. */
  readonly incoming?: (message: Message) => Message;
  /** Comes between a send's listener and its outcome. */
  readonly listener?: (listener: SendListener) => SendListener;
  /** Comes between a delivery and its consumer. */
  readonly delivery?: (delivery: Delivery, hand: (delivery: Delivery) => void) => void;
  /** Comes between an inbox and its handler. */
  readonly inbox?: (handler: InboxHandler) => InboxHandler;
  /** Replaces methods of the transport; they may call the good one's. */
  readonly methods?: Partial<Transport>;
}

/** A good transport with some places bent. */
export class BentTransport extends PassThrough {
  readonly #bends: Bends;

  constructor(good: Transport, bends: Bends) {
    super(good);
    this.#bends = bends;
  }

  override acquire(): Lease {
    return (this.#bends.methods?.acquire ?? super.acquire).call(this);
  }

  override ready(): Promise<void> {
    return (this.#bends.methods?.ready ?? super.ready).call(this);
  }

  override send(queue: string, message: Message, listener?: SendListener): void {
    const send = this.#bends.methods?.send ?? super.send;
    send.call(this, queue, this.#outgoing(message), this.#listener(listener));
  }

  override reply(address: string, message: Message, listener?: SendListener): void {
    const reply = this.#bends.methods?.reply ?? super.reply;
    reply.call(this, address, this.#outgoing(message), this.#listener(listener));
  }

  override publish(topic: string, message: Message, listener?: SendListener): void {
    const publish = this.#bends.methods?.publish ?? super.publish;
    publish.call(this, topic, this.#outgoing(message), this.#listener(listener));
  }

  override consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription> {
    const consume = this.#bends.methods?.consume ?? super.consume;
    const { delivery: bend } = this.#bends;
    return consume.call(this, queue, options, (delivery) => {
      const changed = this.#withMessage(delivery);
      if (bend === undefined) onDelivery(changed);
      else bend(changed, onDelivery);
    });
  }

  override openInbox(handler: InboxHandler): Promise<Inbox> {
    const open = this.#bends.methods?.openInbox ?? super.openInbox;
    const bent: InboxHandler = {
      onMessage: (message) => handler.onMessage(this.#incoming(message)),
      onOpen: (address, epoch) => handler.onOpen?.(address, epoch),
      onLost: (epoch, reason) => handler.onLost?.(epoch, reason),
    };
    return open.call(this, this.#bends.inbox?.(bent) ?? bent);
  }

  override subscribe(topic: string, onMessage: (message: Message) => void): Promise<Subscription> {
    const subscribe = this.#bends.methods?.subscribe ?? super.subscribe;
    return subscribe.call(this, topic, (message) => onMessage(this.#incoming(message)));
  }

  override on<K extends keyof TransportEvents>(
    event: K,
    handler: (event: TransportEvents[K]) => void,
  ): () => void {
    return (this.#bends.methods?.on ?? super.on).call(this, event, handler as never);
  }

  override close(): Promise<void> {
    return (this.#bends.methods?.close ?? super.close).call(this);
  }

  #outgoing(message: Message): Message {
    return this.#bends.outgoing?.(message) ?? message;
  }

  #incoming(message: Message): Message {
    return this.#bends.incoming?.(message) ?? message;
  }

  #listener(listener: SendListener | undefined): SendListener | undefined {
    return listener === undefined ? undefined : (this.#bends.listener?.(listener) ?? listener);
  }

  #withMessage(delivery: Delivery): Delivery {
    const message = this.#incoming(delivery.message);
    return message === delivery.message ? delivery : bentDelivery(delivery, { message });
  }
}

/** The same delivery with another message, flag, or ways to settle it. */
export function bentDelivery(delivery: Delivery, changes: Partial<Delivery>): Delivery {
  return {
    message: delivery.message,
    redelivered: delivery.redelivered,
    deliveryCount: delivery.deliveryCount,
    accept: () => delivery.accept(),
    release: () => delivery.release(),
    reject: () => delivery.reject(),
    ...changes,
  };
}
