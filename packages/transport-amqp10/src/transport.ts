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
  TRANSPORT_EVENTS,
  type Transport,
  type TransportEvents,
  type TransportFeatures,
  type TransportState,
} from "@porthos-rpc/protocol";
import type { Endpoint } from "@porthos-rpc/protocol/driver";
import { Lifecycle, Receiving, type Report } from "@porthos-rpc/protocol/driver";
import { connectionFor } from "./connection.js";
import { RABBITMQ4_FEATURES } from "./dialects/rabbitmq4.js";
import type { LaneDriver } from "./lane.js";
import type { Link } from "./link.js";
import type { Settings } from "./options.js";
import { receiversOf } from "./receivers.js";
import { Sending } from "./sending.js";
import { warnOfOpenLines } from "./warnings.js";

/** See `amqp10()`. Puts the parts together: what is sent, what is received, and the life of both connections. */
export class Amqp10Transport implements Transport {
  readonly name = "amqp10";
  readonly #settings: Settings;
  readonly #events: Events<TransportEvents>;
  readonly #lifecycle: Lifecycle;
  readonly #sending: Sending;
  readonly #receiving: Receiving<Endpoint, Link>;
  readonly #report: Report;
  /** Until a broker has said what it is: what the newest can do. */
  #features: TransportFeatures = RABBITMQ4_FEATURES;
  #epoch = 0;
  #warned = false;

  constructor(settings: Settings, driver: LaneDriver) {
    this.#settings = settings;
    const observerFailed = (event: string, error: unknown): void => this.#observerFailed(event, error);
    this.#events = new Events<TransportEvents>(observerFailed, TRANSPORT_EVENTS);
    this.#report = {
      degraded: (event) => this.#events.emit("degraded", event),
      quarantined: (event) => this.#events.emit("quarantined", event),
      userError: (what, error) => this.#userError(what, error),
    };
    this.#lifecycle = new Lifecycle({
      name: this.name,
      clock: settings.clock,
      startTimeoutMs: settings.startTimeoutMs,
      start: () => this.#start(),
      stop: () => this.#stop(),
      progress: () => this.#sending.progress,
      onClosed: () => this.#events.emit("closed", undefined),
    });
    this.#sending = new Sending(settings, driver, {
      report: this.#report,
      onFeatures: (features) => {
        this.#features = features;
      },
      onUp: () => this.#onUp(),
      onDown: (reason) => this.#onDown(reason),
      onAttemptFailed: (reason) => this.#onAttemptFailed(reason),
      onFatal: (reason) => this.#onFatal(reason),
      onBlocked: (blocked, reason) => this.#events.emit("blocked", { blocked, reason }),
      onReturned: (address, message) => this.#events.emit("returned", { address, message }),
    });
    const degraded = (reason: RpcError): void =>
      this.#report.degraded({ what: "the connection for what is received", reason });
    const connection = connectionFor("consume", settings, driver, {
      onDown: degraded,
      // While the broker is away as a whole, `down` has said so.
      onAttemptFailed: (reason) => this.#lifecycle.state === "up" && degraded(reason),
      onFatal: degraded,
      onRenewalFailed: (reason) =>
        this.#report.degraded({ what: "renewing the credentials for receiving", reason }),
    });
    this.#receiving = new Receiving(connection, receiversOf(settings, this.#report), {
      clock: settings.clock,
      startTimeoutMs: settings.startTimeoutMs,
      ready: () => this.#lifecycle.ready(),
    });
  }

  get features(): TransportFeatures {
    return this.#features;
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
    this.#sending.send(queue, message, listener);
  }

  reply(address: string, message: Message, listener?: SendListener): void {
    this.#sending.reply(address, message, listener);
  }

  publish(topic: string, message: Message, listener?: SendListener): void {
    this.#sending.publish(topic, message, listener);
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
    await this.#lifecycle.close();
    this.#receiving.close();
  }

  #start(): void {
    if (!this.#warned) {
      this.#warned = true;
      warnOfOpenLines(this.#settings);
    }
    this.#sending.start();
    this.#receiving.start();
  }

  /** What is sent first: its outcomes may settle deliveries. */
  async #stop(): Promise<void> {
    await this.#sending.stop();
    await this.#receiving.stop();
  }

  #onUp(): void {
    this.#lifecycle.up();
    if (this.#lifecycle.state === "up") this.#events.emit("up", { epoch: ++this.#epoch });
    this.#receiving.hurry();
  }

  #onAttemptFailed(reason: RpcError): void {
    this.#lifecycle.down(reason);
    // That the broker is away was told; that it lets us in no more is news: its operator has to do something, or has done it.
    if (reason.code === "Config" && this.#lifecycle.state === "down")
      this.#report.degraded({ what: "the connection", reason });
  }

  #onDown(reason: RpcError): void {
    // Not when we are closing it ourselves.
    if (this.#lifecycle.state !== "up") return;
    this.#lifecycle.down(reason);
    this.#events.emit("down", { reason });
  }

  #onFatal(reason: RpcError): void {
    this.#receiving.abort();
    this.#lifecycle.failed(reason);
  }

  #userError(what: string, cause: unknown): void {
    const reason = new RpcError("BadRequest", `${what} threw; this is a bug of the program`, { cause });
    this.#events.emit("degraded", { what, reason });
  }

  #observerFailed(event: string, error: unknown): void {
    if (event !== "degraded") this.#userError(`an observer of "${event}"`, error);
    // Nobody is left to tell but the process.
    else process.emitWarning(`an observer of "degraded" threw: ${String(error)}`, { type: "PorthosWarning" });
  }
}
