import {
  ACCEPTED,
  type Delivery,
  type Inbox,
  type InboxHandler,
  type Lease,
  type Message,
  type SendListener,
  type Subscription,
  type Transport,
  type TransportEvents,
  type TransportFeatures,
  type TransportState,
  UNROUTABLE,
} from "@porthos-rpc/protocol";

type Listener = (event: never) => void;
type Consumer = (delivery: Delivery) => void;

const FEATURES: TransportFeatures = {
  confirmedSends: true,
  unroutableSends: true,
  unroutableReplies: true,
  expiry: false,
  typedHeaders: true,
  nestedHeaders: true,
  topics: true,
};

/**
 * Just enough of a transport for the kit's own tests: everything happens at once, one consumer a queue, no credit, no
 * memory of what nobody consumes. What it is told is at hand: `sent`, and how deliveries were settled.
 */
export class Loopback implements Transport {
  readonly name = "loopback";
  readonly features: TransportFeatures = FEATURES;
  state: TransportState = "idle";
  readonly sent: Message[] = [];
  readonly settled: string[] = [];
  readonly #consumers = new Map<string, Consumer>();
  readonly #inboxes = new Map<string, InboxHandler>();
  readonly #subscribers = new Set<(message: Message) => void>();
  readonly #listeners = new Map<string, Set<Listener>>();
  #addresses = 0;

  acquire(): Lease {
    this.#start();
    return { release: async () => {} };
  }

  async ready(): Promise<void> {
    this.#start();
  }

  send(queue: string, message: Message, listener?: SendListener): void {
    this.sent.push(message);
    const consumer = this.#consumers.get(queue);
    listener?.onOutcome(consumer === undefined ? UNROUTABLE : ACCEPTED);
    this.#deliver(queue, consumer, message, 0);
  }

  reply(address: string, message: Message, listener?: SendListener): void {
    this.sent.push(message);
    const inbox = this.#inboxes.get(address);
    listener?.onOutcome(inbox === undefined ? UNROUTABLE : ACCEPTED);
    inbox?.onMessage(message);
  }

  publish(_topic: string, message: Message, listener?: SendListener): void {
    this.sent.push(message);
    listener?.onOutcome(ACCEPTED);
    for (const hear of this.#subscribers) hear(message);
  }

  async consume(
    queue: string,
    _options: unknown,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription> {
    this.#start();
    this.#consumers.set(queue, onDelivery);
    return { cancel: async () => void this.#consumers.delete(queue) };
  }

  async openInbox(handler: InboxHandler): Promise<Inbox> {
    this.#start();
    const address = `inbox-${++this.#addresses}`;
    this.#inboxes.set(address, handler);
    handler.onOpen?.(address, 1);
    return { address, epoch: 1, close: async () => void this.#inboxes.delete(address) };
  }

  async subscribe(_topic: string, onMessage: (message: Message) => void): Promise<Subscription> {
    this.#subscribers.add(onMessage);
    return { cancel: async () => void this.#subscribers.delete(onMessage) };
  }

  on<K extends keyof TransportEvents>(event: K, handler: (event: TransportEvents[K]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(handler));
    return () => listeners.delete(handler);
  }

  async close(): Promise<void> {
    this.state = "closed";
  }

  emit<K extends keyof TransportEvents>(event: K, payload: TransportEvents[K]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(payload as never);
  }

  #start(): void {
    if (this.state !== "idle") return;
    this.state = "up";
    this.emit("up", { epoch: 1 });
  }

  /** A released message comes again at once if its consumer is still there; else it is gone. */
  #deliver(queue: string, consumer: Consumer | undefined, message: Message, count: number): void {
    if (consumer === undefined || this.#consumers.get(queue) !== consumer) return;
    const settle = (how: string) => (): void => {
      this.settled.push(how);
      if (how === "release") this.#deliver(queue, consumer, message, count + 1);
    };
    const [accept, release, reject] = [settle("accept"), settle("release"), settle("reject")];
    consumer({ message, redelivered: count > 0, deliveryCount: count, accept, release, reject });
  }
}
