import {
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
  systemClock,
  TRANSPORT_EVENTS,
  type Transport,
  type TransportEvents,
  type TransportFeatures,
  type TransportState,
} from "@porthos-rpc/protocol";
import {
  type Endpoint,
  Lifecycle,
  type Receivers,
  Receiving,
  type Report,
  SupervisedConnection,
} from "@porthos-rpc/protocol/driver";
import { inboxOf, subscriptionOf } from "./channels.js";
import { dial, type Link } from "./connection.js";
import { consumerOf } from "./consumer.js";
import { inboxChannel, queueKey, topicChannel } from "./mapping.js";
import type { Settings } from "./options.js";
import { REPLY, SEND } from "./scripts.js";
import { Sending } from "./sending.js";

/** See `redisTransport()`. Puts the parts together: what is sent, what is received, and the life of the connection. */
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
  readonly #settings: Settings;
  readonly #events = new Events<TransportEvents>((event, cause) => {
    // Nobody is left to tell what an observer of "degraded" threw.
    if (event !== "degraded") this.#report.userError(`an observer of "${event}"`, cause);
  }, TRANSPORT_EVENTS);
  readonly #report: Report = {
    degraded: (event) => this.#events.emit("degraded", event),
    quarantined: (event) => this.#events.emit("quarantined", event),
    userError: (what, cause) => {
      const reason = new RpcError("BadRequest", `${what} threw; this is a bug of the program`, { cause });
      this.#events.emit("degraded", { what, reason });
    },
  };
  readonly #lifecycle: Lifecycle;
  readonly #sending: Sending;
  readonly #receiving: Receiving<Endpoint, Link>;
  #epoch = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    const { startTimeoutMs, maxMessageBytes } = settings;
    this.#lifecycle = new Lifecycle({
      name: this.name,
      clock: systemClock,
      startTimeoutMs,
      start: () => this.#receiving.start(),
      stop: () => this.#stop(),
      onClosed: () => this.#events.emit("closed", undefined),
    });
    const report = this.#report;
    this.#sending = new Sending({
      maxMessageBytes,
      report,
      onUp: () => this.#onUp(),
      onDown: (reason) => this.#lifecycle.down(reason),
      onReturned: (address, message) => this.#events.emit("returned", { address, message }),
    });
    const receivers: Receivers<Link> = {
      consumer: (queue, options, onDelivery) => consumerOf({ ...options, queue, report, onDelivery }),
      inbox: (...parts) => inboxOf(report, ...parts),
      subscription: (...parts) => subscriptionOf(report, ...parts),
    };
    const ready = (): Promise<void> => this.ready();
    this.#receiving = new Receiving(this.#connect(), receivers, {
      clock: systemClock,
      startTimeoutMs,
      ready,
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
    const { maxQueueLength } = this.#settings;
    this.#sending.send(queue, message, listener, (link, bytes) =>
      link.run(SEND, queueKey(queue), bytes, `${message.ttlMs ?? 0}`, `${maxQueueLength}`),
    );
  }

  reply(address: string, message: Message, listener?: SendListener): void {
    this.#sending.send(address, message, listener, (link, bytes) =>
      link.run(REPLY, inboxChannel(address), bytes),
    );
  }

  publish(topic: string, message: Message, listener?: SendListener): void {
    this.#sending.send(topic, message, listener, (link, bytes) => link.publish(topicChannel(topic), bytes));
  }

  consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription> {
    return this.#receiving.consume(queue, options, onDelivery);
  }

  openInbox(handler: InboxHandler): Promise<Inbox> {
    return this.#receiving.openInbox(handler);
  }

  subscribe(topic: string, onMessage: (message: Message) => void): Promise<Subscription> {
    return this.#receiving.subscribe(topic, onMessage);
  }

  on<K extends keyof TransportEvents>(event: K, handler: (event: TransportEvents[K]) => void): () => void {
    return this.#events.on(event, handler);
  }

  async close(): Promise<void> {
    this.#sending.end();
    await this.#lifecycle.close();
    this.#receiving.close();
  }

  #connect(): SupervisedConnection<Endpoint, Link> {
    const { endpoints, pollMs, startTimeoutMs } = this.#settings;
    const connection = new SupervisedConnection<Endpoint, Link>({
      clock: systemClock,
      endpoints,
      startTimeoutMs,
      dial: (endpoint, attempt) => dial(endpoint, pollMs, attempt),
      onDown: (reason) => this.state === "down" && this.#events.emit("down", { reason }),
      onAttemptFailed: (reason) => this.#lifecycle.down(reason),
      onFatal: (reason) => {
        this.#receiving.abort();
        this.#lifecycle.failed(reason);
      },
    });
    // The first to hear of a loss: what the handlers of the others send is `unsent`.
    connection.add(this.#sending);
    return connection;
  }

  #onUp(): void {
    this.#lifecycle.up();
    this.#events.emit("up", { epoch: ++this.#epoch });
  }

  async #stop(): Promise<void> {
    await this.#receiving.stop();
    // What had no answer has failed by now; whoever waits for it hears of it first.
    await this.#sending.settled();
  }
}
