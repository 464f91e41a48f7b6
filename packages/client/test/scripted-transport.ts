import {
  ACCEPTED,
  Events,
  encodeResponse,
  endHeaders,
  type Frame,
  frameMessage,
  frameOf,
  type HeaderValue,
  type Inbox,
  type InboxHandler,
  jsonCodec,
  type Lease,
  type Message,
  NO_BODY,
  type OutgoingFrame,
  RpcError,
  type SendListener,
  type SendOutcome,
  type Subscription,
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
  /** What was sent, oldest first. */
  readonly sent: SentRequest[] = [];
  /** What was published, oldest first. */
  readonly published: { readonly topic: string; readonly id: string | undefined }[] = [];
  /** The frames that went to servers, oldest first. */
  readonly frames: SentFrame[] = [];
  /** What becomes of frames at once; undefined: the test tells. */
  frameOutcome: SendOutcome | undefined = ACCEPTED;
  /** The inboxes that were asked for, oldest first. */
  readonly inboxes: ScriptedInbox[] = [];
  /** Whether inboxes wait for the test to open them. */
  holdInboxes = false;
  leases = 0;
  /** How often `ready` was called. */
  readyCalls = 0;
  readonly #events = new Events<TransportEvents>();
  #waiters: { resolve(): void; reject(reason: RpcError): void }[] = [];

  acquire(): Lease {
    if (this.state === "closed") throw new RpcError("Closed", "transport scripted is closed; make a new one");
    this.leases++;
    let held = true;
    return {
      release: async () => {
        if (held) this.leases--;
        held = false;
        if (this.leases === 0) this.refuseReady(new RpcError("Closed", "transport scripted was closed"));
      },
    };
  }

  ready(): Promise<void> {
    this.readyCalls++;
    if (this.state === "up") return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** The connection is there (again): whoever waits in `ready` is told. */
  up(): void {
    this.state = "up";
    for (const waiter of this.#waiters.splice(0)) waiter.resolve();
  }

  /** The connection is lost. */
  down(reason: RpcError): void {
    this.state = "down";
    this.#events.emit("down", { reason });
  }

  /** Whoever waits in `ready` is refused. */
  refuseReady(reason: RpcError): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(reason);
  }

  send(queue: string, message: Message, listener?: SendListener): void {
    this.sent.push(new SentRequest(this, queue, message, listener));
    this.onSend?.();
  }

  /** Runs inside `send`. */
  onSend: (() => void) | undefined;

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

  /** The newest request. */
  get last(): SentRequest {
    const request = this.sent.at(-1);
    if (request === undefined) throw new Error("nothing was sent");
    return request;
  }

  reply(address: string, message: Message, listener?: SendListener): void {
    const frame = frameOf(message);
    if (frame === undefined) throw new Error("a client sends no replies, only frames");
    this.frames.push({ address, frame, id: message.correlationId, listener });
    if (this.frameOutcome !== undefined) listener?.onOutcome(this.frameOutcome);
  }

  publish(topic: string, message: Message): void {
    this.published.push({ topic, id: message.correlationId });
  }

  consume(): Promise<Subscription> {
    throw new Error("a client does not consume");
  }

  subscribe(): Promise<Subscription> {
    throw new Error("a client does not subscribe");
  }

  on<K extends keyof TransportEvents>(event: K, handler: (event: TransportEvents[K]) => void): () => void {
    return this.#events.on(event, handler);
  }

  /** Whether anybody still listens to its events. */
  get isObserved(): boolean {
    return this.#events.has("up") || this.#events.has("down");
  }

  async close(): Promise<void> {
    this.state = "closed";
    this.refuseReady(new RpcError("Closed", "transport scripted was closed"));
  }
}

export interface SentFrame {
  readonly address: string;
  readonly frame: Frame;
  /** Of its call. */
  readonly id: string | undefined;
  readonly listener: SendListener | undefined;
}

export class SentRequest {
  readonly queue: string;
  readonly message: Message;
  readonly #transport: ScriptedTransport;
  readonly #listener: SendListener | undefined;

  constructor(
    transport: ScriptedTransport,
    queue: string,
    message: Message,
    listener: SendListener | undefined,
  ) {
    this.#transport = transport;
    this.queue = queue;
    this.message = message;
    this.#listener = listener;
  }

  outcome(outcome: SendOutcome): void {
    this.#listener?.onOutcome(outcome);
  }

  /** Answers at the newest inbox, as a service would. */
  reply(statusCode = 200, value: unknown = {}, headers?: ReadonlyMap<string, HeaderValue>): void {
    const response = { statusCode, contentType: "application/json", body: jsonCodec.encode(value), headers };
    this.replyWith(encodeResponse(response, this.message.correlationId));
  }

  /** Sends items of this stream in one frame. @param seq the number of the first one */
  items(seq: number, items: readonly unknown[], from?: string): void {
    const body = jsonCodec.encode(items);
    const { contentType } = jsonCodec;
    this.frame({ kind: "items", seq, count: items.length, body, contentType }, from);
  }

  /** Ends this stream of so many items, as a server does. */
  end(count: number): void {
    const end = { statusCode: 200, contentType: undefined, body: NO_BODY, headers: endHeaders(count) };
    this.replyWith(encodeResponse(end, this.message.correlationId));
  }

  /** Sends a frame of this call. @param from where the server hears frames, if it says so */
  frame(frame: OutgoingFrame, from?: string): void {
    const { correlationId } = this.message;
    this.replyWith(frameMessage(frame, { correlationId, replyTo: from, ttlMs: undefined }));
  }

  replyWith(message: Message): void {
    this.#transport.inbox.handler.onMessage(message);
  }
}

export class ScriptedInbox implements Inbox {
  readonly handler: InboxHandler;
  readonly opened: Promise<Inbox>;
  address: string | undefined;
  epoch = 0;
  closed = false;
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
    this.address = `inbox-${this.#number}.${this.epoch}`;
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
    this.closed = true;
    this.address = undefined;
  }
}
