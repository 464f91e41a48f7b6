import {
  type ConsumeOptions,
  checkInteger,
  checkKnown,
  type Delivery,
  type Inbox,
  type InboxHandler,
  type Lease,
  type Message,
  RpcError,
  type SendListener,
  type SendOutcome,
  type Subscription,
  systemClock,
  type Transport,
  type TransportEvents,
  type TransportFeatures,
  type TransportState,
  UNSENT,
} from "@porthos-rpc/protocol";
import { Lifecycle, Supervisor } from "@porthos-rpc/protocol/driver";
import { Connection } from "./connection.js";
import { ConsumerLink } from "./consumer.js";
import { closedError, failedOutcome } from "./errors.js";
import { InboxLink } from "./inbox.js";
import type { Link } from "./link.js";
import type { Settings } from "./options.js";
import { Report } from "./report.js";
import { type Attempt, toInbox, toQueue, toTopic } from "./sending.js";
import { TopicLink } from "./topic.js";

const REFUSED: SendOutcome = { kind: "refused", error: closedError("no") };

/** See `redisTransport()`. Puts the parts together: what is sent, what is open, and the life of the connection. */
export class RedisTransport implements Transport {
  readonly name = "redis";
  readonly features: TransportFeatures = {
    confirmedSends: true,
    unroutableSends: true,
    unroutableReplies: true,
    expiry: true,
    typedHeaders: true,
    nestedHeaders: true,
    topics: true,
  };
  readonly #report = new Report();
  readonly #lifecycle: Lifecycle;
  readonly #supervisor: Supervisor<string, Connection>;
  readonly #links = new Set<Link>();
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#supervisor = this.#supervise(settings);
    this.#lifecycle = new Lifecycle({
      name: this.name,
      clock: systemClock,
      startTimeoutMs: settings.startTimeoutMs,
      start: () => this.#supervisor.start(),
      stop: () => this.#disconnect(),
      onClosed: () => this.#report.events.emit("closed", undefined),
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
    this.#send(queue, message, listener, toQueue(queue, message, this.#settings));
  }

  reply(address: string, message: Message, listener?: SendListener): void {
    this.#send(address, message, listener, toInbox(address, message, this.#settings));
  }

  publish(topic: string, message: Message, listener?: SendListener): void {
    this.#send(topic, message, listener, toTopic(topic, message, this.#settings));
  }

  async consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription> {
    checkKnown("consume()", options, ["credit", "onDegraded"]);
    // Required: the fallback is what no check lets pass.
    checkInteger("consume()", "credit", options.credit ?? 0, { min: 1, max: 65_535, fallback: 0 });
    const link = new ConsumerLink(this.#report, queue, options, onDelivery);
    try {
      return await this.#attach(link, () => this.ready());
    } catch (error) {
      await link.cancel();
      throw error;
    }
  }

  openInbox(handler: InboxHandler): Promise<Inbox> {
    return this.#attach(new InboxLink(this.#report, handler), () => this.#readyInTheEnd());
  }

  async subscribe(topic: string, onMessage: (message: Message) => void): Promise<Subscription> {
    const link = new TopicLink(this.#report, topic, onMessage);
    return this.#attach(link, () => this.#readyInTheEnd());
  }

  on<K extends keyof TransportEvents>(event: K, handler: (event: TransportEvents[K]) => void): () => void {
    return this.#report.events.on(event, handler);
  }

  async close(): Promise<void> {
    await this.#lifecycle.close();
    this.#links.clear();
  }

  #supervise(settings: Settings): Supervisor<string, Connection> {
    const owner = {
      onLost: (connection: Connection, reason: RpcError) => this.#supervisor.lost(connection, reason),
      onBeat: () => this.#open().forEach((link) => void link.poll?.()),
    };
    return new Supervisor<string, Connection>({
      clock: systemClock,
      endpoints: settings.urls,
      connect: (url, signal) => Connection.dial(url, settings.pollMs, owner, signal),
      discard: (connection) => connection.destroy(),
      onUp: (connection, epoch) => this.#up(connection, epoch),
      onDown: (reason) => this.#down(reason),
      onAttemptFailed: (reason) => this.#lifecycle.down(reason),
      onFatal: (reason) => this.#lifecycle.failed(reason),
    });
  }

  #up(connection: Connection, epoch: number): void {
    for (const link of this.#open()) void this.#restore(link, connection);
    this.#lifecycle.up();
    this.#report.events.emit("up", { epoch });
  }

  #down(reason: RpcError): void {
    this.#lifecycle.down(reason);
    for (const link of this.#open()) link.lost(reason);
    this.#report.events.emit("down", { reason });
  }

  async #disconnect(): Promise<void> {
    const connection = this.#supervisor.stop();
    for (const link of this.#open()) link.lost(closedError("maybe"));
    await connection?.close();
  }

  /** The links that are not closed; the others are forgotten. */
  #open(): readonly Link[] {
    for (const link of this.#links) if (link.isClosed) this.#links.delete(link);
    return [...this.#links];
  }

  async #restore(link: Link, connection: Connection): Promise<void> {
    try {
      await link.open(connection);
    } catch (cause) {
      // If the connection is lost as well, the next one opens it.
      if (connection.isOpen) this.#report.degraded("what was open", cause as RpcError);
    }
  }

  /** Opens the link on the connection there is, or the first to come on which it stays open. */
  async #attach<L extends Link>(link: L, ready: () => Promise<void>): Promise<L> {
    for (;;) {
      await ready();
      const { connection } = this.#supervisor;
      if (connection === undefined) continue;
      try {
        await link.open(connection);
      } catch (error) {
        if (connection.isOpen) throw error;
        continue;
      }
      if (this.#supervisor.connection === connection) {
        this.#links.add(link);
        return link;
      }
      link.lost(closedError("maybe"));
    }
  }

  /** As `ready()`, but a Redis that is away for long is waited for. */
  async #readyInTheEnd(): Promise<void> {
    for (;;) {
      try {
        return await this.ready();
      } catch (error) {
        if (!(error instanceof RpcError) || error.code !== "Unavailable") throw error;
      }
    }
  }

  #send(address: string, message: Message, listener: SendListener | undefined, attempt: Attempt): void {
    const tell = (outcome: SendOutcome): void => this.#report.outcome(address, message, outcome, listener);
    const { connection } = this.#supervisor;
    if (connection === undefined) tell(this.state === "closed" ? REFUSED : UNSENT);
    else void attempt(connection).catch(failedOutcome).then(tell);
  }
}
