import {
  type Clock,
  type ConsumeOptions,
  type Delivery,
  Events,
  type Inbox,
  type InboxHandler,
  type Lease,
  type Message,
  RpcError,
  type SendListener,
  type Subscription,
  TRANSPORT_EVENTS,
  type Transport,
  type TransportEvents,
  type TransportFeatures,
  type TransportState,
  UNSENT,
} from "@porthos-rpc/protocol";
import { Lifecycle, Supervisor } from "@porthos-rpc/protocol/driver";
import type { AddressKind } from "./addresses.js";
import type { Broker } from "./broker.js";
import type { Connection, ConnectionOwner } from "./connection.js";
import { ConsumerLink } from "./consumer-link.js";
import { closed, refused, thrown, unavailable } from "./errors.js";
import { InboxLink } from "./inbox-link.js";
import type { Link, LinkHost } from "./link.js";
import { checkConsume, checkSubscribe, type TransportSettings } from "./options.js";
import { TopicLink } from "./topic-link.js";

const NAME = "memory";

const FEATURES: TransportFeatures = Object.freeze({
  confirmedSends: true,
  unroutableSends: true,
  unroutableReplies: true,
  expiry: true,
  typedHeaders: true,
  nestedHeaders: true,
  topics: true,
});

/** Pauses between attempts. Short: nobody else is crowding the broker, and it costs next to nothing to ask. */
const MAX_DELAY_MS = 10;

/** How long `close()` waits for sends without outcome; there are some when the broker is slow, or blocked. */
const CLOSE_WAIT_MS = 1_000;

/** A transport whose broker is an object of this process. */
export class MemoryTransport implements Transport {
  readonly name: string = NAME;
  readonly features: TransportFeatures = FEATURES;
  readonly #clock: Clock;
  readonly #events = new Events<TransportEvents>(undefined, TRANSPORT_EVENTS);
  readonly #lifecycle: Lifecycle;
  readonly #supervisor: Supervisor<Broker, Connection>;
  /** In the order in which they were opened. */
  readonly #links = new Set<Link>();
  readonly #host: LinkHost;
  readonly #onClosed: () => void;
  #blockedBy: string | undefined;

  /** @param onClosed called once, when it has closed for good */
  constructor({ broker, clock, startTimeoutMs }: TransportSettings, onClosed: () => void) {
    this.#clock = clock;
    this.#onClosed = onClosed;
    this.#host = {
      clock,
      detach: (link) => this.#links.delete(link),
      onDegraded: (what, reason) => this.#events.emit("degraded", { what, reason }),
      onThrown: (callback, error) => this.#host.onDegraded(callback, thrown(callback, error)),
    };
    this.#supervisor = this.#supervise(broker);
    this.#lifecycle = new Lifecycle({
      name: NAME,
      clock,
      startTimeoutMs,
      start: () => this.#supervisor.start(),
      stop: () => this.#disconnect(),
      onClosed: () => this.#wasClosed(),
    });
  }

  get state(): TransportState {
    return this.#lifecycle.state;
  }

  acquire(): Lease {
    return this.#lifecycle.acquire();
  }

  ready(): Promise<void> {
    return this.#lifecycle.ready();
  }

  send(queue: string, message: Message, listener?: SendListener): void {
    this.#send("queue", queue, message, listener);
  }

  reply(address: string, message: Message, listener?: SendListener): void {
    this.#send("inbox", address, message, listener);
  }

  publish(topic: string, message: Message, listener?: SendListener): void {
    this.#send("topic", topic, message, listener);
  }

  async consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription> {
    checkConsume(queue, options, onDelivery);
    const link = new ConsumerLink(this.#host, queue, options, onDelivery);
    await this.#attach(link, () => this.ready());
    return link;
  }

  async openInbox(handler: InboxHandler): Promise<Inbox> {
    const link = new InboxLink(this.#host, handler);
    await this.#attach(link, () => this.#readyInTheEnd());
    return link;
  }

  async subscribe(topic: string, onMessage: (message: Message) => void): Promise<Subscription> {
    checkSubscribe(topic, onMessage);
    const link = new TopicLink(this.#host, topic, onMessage);
    await this.#attach(link, () => this.#readyInTheEnd());
    return link;
  }

  on<K extends keyof TransportEvents>(event: K, handler: (event: TransportEvents[K]) => void): () => void {
    return this.#events.on(event, handler);
  }

  async close(): Promise<void> {
    await this.#lifecycle.close();
  }

  #wasClosed(): void {
    this.#links.clear();
    this.#onClosed();
    this.#events.emit("closed", undefined);
  }

  #send(kind: AddressKind, address: string, message: Message, listener: SendListener | undefined): void {
    const { connection } = this.#supervisor;
    if (connection !== undefined) connection.send(kind, address, message, listener);
    else if (listener !== undefined) this.#refuse(listener);
  }

  #refuse(listener: SendListener): void {
    const outcome = this.state === "closed" ? refused(closed()) : UNSENT;
    try {
      listener.onOutcome(outcome);
    } catch (error) {
      this.#host.onThrown("onOutcome of a send", error);
    }
  }

  /** Opens the link on the connection there is, or the first to come. Never calls back before it returns. */
  async #attach(link: Link, ready: () => Promise<void>): Promise<void> {
    let connection: Connection | undefined;
    do {
      await ready();
      ({ connection } = this.#supervisor);
    } while (connection === undefined);
    this.#links.add(link);
    link.open(connection);
  }

  /** As `ready()`, but a broker that is away for long is waited for. */
  async #readyInTheEnd(): Promise<void> {
    for (;;) {
      try {
        return await this.ready();
      } catch (error) {
        if (!(error instanceof RpcError) || error.code !== "Unavailable") throw error;
      }
    }
  }

  #supervise(broker: Broker): Supervisor<Broker, Connection> {
    const owner = this.#connectionOwner();
    return new Supervisor<Broker, Connection>({
      clock: this.#clock,
      endpoints: [broker],
      maxDelayMs: MAX_DELAY_MS,
      connect: async () => broker.connect(owner),
      discard: (connection) => connection.end(unavailable("the connection came too late")),
      onUp: (connection, epoch) => this.#up(connection, epoch),
      onDown: (reason) => this.#down(reason),
      onAttemptFailed: (reason) => this.#lifecycle.down(reason),
      onFatal: (reason) => this.#lifecycle.failed(reason),
    });
  }

  #connectionOwner(): ConnectionOwner {
    return {
      transport: this,
      onLost: (connection, reason) => this.#supervisor.lost(connection, reason),
      onBlocked: (reason) => this.#blocked(reason),
      onReturned: (address, message) => this.#events.emit("returned", { address, message }),
      onThrown: this.#host.onThrown,
      onRefused: (address, reason) => this.#host.onDegraded(`a message to ${address}`, reason),
    };
  }

  #up(connection: Connection, epoch: number): void {
    for (const link of [...this.#links]) {
      link.open(connection);
      // Whoever heard that its inbox is open may have closed the transport, or cut the connection.
      if (this.#supervisor.connection !== connection) return;
    }
    this.#lifecycle.up();
    this.#events.emit("up", { epoch });
    this.#blocked(connection.blockedBy);
  }

  #down(reason: RpcError): void {
    this.#lifecycle.down(reason);
    for (const link of [...this.#links]) link.lost(reason);
    this.#events.emit("down", { reason });
  }

  #blocked(reason: string | undefined): void {
    if (reason === this.#blockedBy) return;
    this.#blockedBy = reason;
    this.#events.emit("blocked", {
      blocked: reason !== undefined,
      reason: reason ?? "the broker takes messages again",
    });
  }

  /** Ends the connection in good order: what was sent gets its outcome, what is unsettled goes back. */
  async #disconnect(): Promise<void> {
    const connection = this.#supervisor.stop();
    if (connection === undefined) return;
    connection.stopConsuming();
    await this.#confirmed(connection);
    const reason = this.state === "closed" ? closed() : unavailable("nobody uses the transport any more");
    connection.end(reason);
    for (const link of [...this.#links]) link.lost(reason);
    // What was given up in `end` is told in a later turn; whoever waits for the close hears of it before.
    await this.#confirmed(connection);
  }

  /** Waits until all sends have their outcomes, but not for long. */
  #confirmed(connection: Connection): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#clock.after(CLOSE_WAIT_MS, resolve);
      connection.whenConfirmed(() => {
        stopTimer();
        resolve();
      });
    });
  }
}
