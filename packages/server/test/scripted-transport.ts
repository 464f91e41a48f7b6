import {
  ACCEPTED,
  type ConsumeOptions,
  type Delivery,
  Events,
  type Frame,
  frameOf,
  type Inbox,
  type InboxHandler,
  type Lease,
  type Message,
  RpcError,
  type SendListener,
  type SendOutcome,
  type Subscription,
  statusOf,
  type Transport,
  type TransportEvents,
  type TransportFeatures,
  type TransportState,
} from "@porthos-rpc/protocol";

/** A transport whose every step the test takes: for orders of events that no broker gives on demand. */
export class ScriptedTransport implements Transport {
  readonly name: string = "scripted";
  features: TransportFeatures = {
    confirmedSends: true,
    unroutableSends: true,
    unroutableReplies: true,
    expiry: true,
    typedHeaders: true,
    nestedHeaders: true,
    topics: true,
  };
  state: TransportState = "up";
  leases = 0;
  /** What happened, in order: `accept`, `release`, `reply 200`, `cancel`, `lease released`. */
  readonly log: string[] = [];
  /** What was replied, oldest first. */
  readonly replies: SentReply[] = [];
  /** The frames that went to callers, oldest first. */
  readonly frames: SentFrame[] = [];
  /** What becomes of frames at once; undefined: the test tells. */
  frameOutcome: SendOutcome | undefined = ACCEPTED;
  /** The inboxes that were asked for, oldest first. */
  readonly inboxes: ScriptedInbox[] = [];
  /** Whether inboxes wait for the test to open them. */
  holdInboxes = false;
  /** What was sent to queues by extensions. */
  readonly sent: { readonly queue: string; readonly message: Message }[] = [];
  /** The consumers that were asked for, oldest first. */
  readonly consumers: ScriptedConsumer[] = [];
  /** Who hears what topic. */
  readonly subscribers: Map<string, (message: Message) => void> = new Map();
  /** What `subscribe` fails with. */
  subscribeError: RpcError | undefined;
  /** Whether replies wait for the test to tell their outcome; else they are accepted at once. */
  holdReplies = false;
  /** What `consume` waits for, or fails with. */
  consuming: Promise<void> = Promise.resolve();
  /** What a consumer's `cancel` waits for. */
  cancelling: Promise<void> = Promise.resolve();
  readonly #events = new Events<TransportEvents>();
  #waiters: { resolve(): void; reject(reason: RpcError): void }[] = [];

  acquire(): Lease {
    if (this.state === "closed") throw new RpcError("Closed", "transport scripted is closed; make a new one");
    this.leases++;
    let held = true;
    return {
      release: async () => {
        if (!held) return;
        held = false;
        this.leases--;
        this.log.push("lease released");
        if (this.leases === 0) this.refuseReady(new RpcError("Closed", "transport scripted was closed"));
      },
    };
  }

  ready(): Promise<void> {
    if (this.state === "up") return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  up(): void {
    this.state = "up";
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
    this.#events.emit("up", { epoch: 1 });
  }

  refuseReady(reason: RpcError): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(reason);
  }

  async consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription> {
    await this.consuming;
    const consumer = new ScriptedConsumer(this, queue, options, onDelivery);
    this.consumers.push(consumer);
    return consumer;
  }

  /** The newest consumer. */
  get consumer(): ScriptedConsumer {
    const consumer = this.consumers.at(-1);
    if (consumer === undefined) throw new Error("nothing is consumed");
    return consumer;
  }

  reply(address: string, message: Message, listener?: SendListener): void {
    const frame = frameOf(message);
    if (frame !== undefined) {
      this.frames.push({ address, frame, message, listener });
      this.log.push(`frame ${frame.kind}`);
      if (this.frameOutcome !== undefined) listener?.onOutcome(this.frameOutcome);
      return;
    }
    const reply = new SentReply(address, message, listener);
    this.replies.push(reply);
    this.log.push(`reply ${reply.status}`);
    if (!this.holdReplies) reply.outcome(ACCEPTED);
  }

  /** The newest reply. */
  get last(): SentReply {
    const reply = this.replies.at(-1);
    if (reply === undefined) throw new Error("nothing was replied");
    return reply;
  }

  send(queue: string, message: Message, listener?: SendListener): void {
    this.sent.push({ queue, message });
    listener?.onOutcome(ACCEPTED);
  }

  publish(): never {
    throw new Error("a server does not publish");
  }

  openInbox(handler: InboxHandler): Promise<Inbox> {
    const inbox = new ScriptedInbox(this.inboxes.length + 1, handler);
    this.inboxes.push(inbox);
    if (!this.holdInboxes) queueMicrotask(() => inbox.open());
    return inbox.opened;
  }

  /** The newest inbox. */
  get inbox(): ScriptedInbox {
    const inbox = this.inboxes.at(-1);
    if (inbox === undefined) throw new Error("no inbox was asked for");
    return inbox;
  }

  subscribe(topic: string, onMessage: (message: Message) => void): Promise<Subscription> {
    if (this.subscribeError !== undefined) return Promise.reject(this.subscribeError);
    this.subscribers.set(topic, onMessage);
    return Promise.resolve({
      cancel: async () => {
        this.subscribers.delete(topic);
      },
    });
  }

  on<K extends keyof TransportEvents>(event: K, handler: (event: TransportEvents[K]) => void): () => void {
    return this.#events.on(event, handler);
  }

  /** Whether anybody still listens to its events. */
  get isObserved(): boolean {
    return this.#events.has("up");
  }

  async close(): Promise<void> {
    this.state = "closed";
    this.refuseReady(new RpcError("Closed", "transport scripted was closed"));
    this.#events.emit("closed", undefined);
  }
}

export interface SentFrame {
  readonly address: string;
  readonly frame: Frame;
  readonly message: Message;
  readonly listener: SendListener | undefined;
}

export class ScriptedInbox implements Inbox {
  readonly handler: InboxHandler;
  readonly opened: Promise<Inbox>;
  address: string | undefined;
  epoch = 0;
  /** How often it was closed. */
  closes = 0;
  readonly #number: number;
  #resolve: (inbox: Inbox) => void = () => {};
  #reject: (reason: RpcError) => void = () => {};

  constructor(number: number, handler: InboxHandler) {
    this.#number = number;
    this.handler = handler;
    this.opened = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  open(): void {
    this.epoch++;
    this.address = `frames-${this.#number}.${this.epoch}`;
    this.handler.onOpen?.(this.address, this.epoch);
    this.#resolve(this);
  }

  fail(reason: RpcError): void {
    this.#reject(reason);
  }

  lose(reason: RpcError): void {
    this.address = undefined;
    this.handler.onLost?.(this.epoch, reason);
  }

  async close(): Promise<void> {
    this.closes++;
    this.address = undefined;
  }
}

export class SentReply {
  readonly address: string;
  readonly message: Message;
  readonly #listener: SendListener | undefined;

  constructor(address: string, message: Message, listener: SendListener | undefined) {
    this.address = address;
    this.message = message;
    this.#listener = listener;
  }

  get status(): number {
    return statusOf(this.message);
  }

  get text(): string {
    return new TextDecoder().decode(this.message.body);
  }

  get json(): unknown {
    return JSON.parse(this.text);
  }

  outcome(outcome: SendOutcome): void {
    this.#listener?.onOutcome(outcome);
  }
}

export class ScriptedConsumer implements Subscription {
  readonly queue: string;
  readonly credit: number;
  readonly onDegraded: ConsumeOptions["onDegraded"];
  cancelled = false;
  readonly #transport: ScriptedTransport;
  readonly #onDelivery: (delivery: Delivery) => void;

  constructor(
    transport: ScriptedTransport,
    queue: string,
    { credit, onDegraded }: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ) {
    this.#transport = transport;
    this.queue = queue;
    this.credit = credit;
    this.onDegraded = onDegraded;
    this.#onDelivery = onDelivery;
  }

  deliver(message: Message, redelivered = false, count?: number): ScriptedDelivery {
    const delivery = new ScriptedDelivery(this.#transport, message, redelivered, count);
    this.#onDelivery(delivery);
    return delivery;
  }

  async cancel(): Promise<void> {
    this.#transport.log.push("cancel");
    this.cancelled = true;
    await this.#transport.cancelling;
  }
}

/** Settled once, by the first of its three ways: later ones do nothing, as every transport promises. */
export class ScriptedDelivery implements Delivery {
  readonly message: Message;
  readonly redelivered: boolean;
  readonly deliveryCount: number | undefined;
  settled: "accept" | "release" | "reject" | undefined;
  readonly #transport: ScriptedTransport;

  constructor(
    transport: ScriptedTransport,
    message: Message,
    redelivered: boolean,
    deliveryCount: number | undefined,
  ) {
    this.deliveryCount = deliveryCount;
    this.#transport = transport;
    this.message = message;
    this.redelivered = redelivered;
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

  #settle(how: "accept" | "release" | "reject"): void {
    if (this.settled !== undefined) return;
    this.settled = how;
    this.#transport.log.push(how);
  }
}
