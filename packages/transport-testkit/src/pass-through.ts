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
  TransportFeatures,
  TransportState,
} from "@porthos-rpc/protocol";

/** A transport that hands everything on to another one: what a wrapper overrides parts of. */
export class PassThrough implements Transport {
  protected readonly inner: Transport;

  constructor(inner: Transport) {
    this.inner = inner;
  }

  get name(): string {
    return this.inner.name;
  }

  get features(): TransportFeatures {
    return this.inner.features;
  }

  get state(): TransportState {
    return this.inner.state;
  }

  acquire(): Lease {
    return this.inner.acquire();
  }

  ready(): Promise<void> {
    return this.inner.ready();
  }

  send(queue: string, message: Message, listener?: SendListener): void {
    this.inner.send(queue, message, listener);
  }

  reply(address: string, message: Message, listener?: SendListener): void {
    this.inner.reply(address, message, listener);
  }

  publish(topic: string, message: Message, listener?: SendListener): void {
    this.inner.publish(topic, message, listener);
  }

  consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription> {
    return this.inner.consume(queue, options, onDelivery);
  }

  openInbox(handler: InboxHandler): Promise<Inbox> {
    return this.inner.openInbox(handler);
  }

  subscribe(topic: string, onMessage: (message: Message) => void): Promise<Subscription> {
    return this.inner.subscribe(topic, onMessage);
  }

  on<K extends keyof TransportEvents>(event: K, handler: (event: TransportEvents[K]) => void): () => void {
    return this.inner.on(event, handler);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
