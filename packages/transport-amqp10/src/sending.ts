import { type Message, RpcError, type SendListener, type TransportFeatures } from "@porthos-rpc/protocol";
import type { Report, Tenant } from "@porthos-rpc/protocol/driver";
import { type Connection, connectionFor } from "./connection.js";
import type { Purpose } from "./dialects/dialect.js";
import type { LaneDriver } from "./lane.js";
import type { Link } from "./link.js";
import type { Settings } from "./options.js";
import { Publisher } from "./publisher.js";

export interface SendingOptions {
  readonly report: Report;
  /** What the broker that was found can do. Before `onUp`. */
  onFeatures(features: TransportFeatures): void;
  onUp(): void;
  onDown(reason: RpcError): void;
  onAttemptFailed(reason: RpcError): void;
  onFatal(reason: RpcError): void;
  onBlocked(blocked: boolean, reason: string): void;
  onReturned(address: string, message: Message): void;
}

const STALLED = "the broker has answered nothing for a while (an alarm, a full queue, no credit)";

/**
 * The connection for what is sent. Messages, replies and topics have a link each: a link is given credit as a whole,
 * and a service that is not served must not hold up replies.
 */
export class Sending {
  readonly #options: SendingOptions;
  readonly #connection: Connection;
  readonly #messages: Publisher;
  readonly #replies: Publisher;
  readonly #topics: Publisher;
  readonly #stalled = new Set<Purpose>();
  #up = false;
  /** Until the broker says otherwise. */
  #hasTopics = true;

  constructor(settings: Settings, driver: LaneDriver, options: SendingOptions) {
    const { report } = options;
    this.#options = options;
    this.#connection = connectionFor("publish", settings, driver, {
      // One that is lost before it could be used has not been up for anybody.
      onDown: (reason) => options.onAttemptFailed(reason),
      onAttemptFailed: (reason) => options.onAttemptFailed(reason),
      onFatal: (reason) => options.onFatal(reason),
      onRenewalFailed: (reason) => report.degraded({ what: "renewing the credentials for sending", reason }),
    });
    const publisher = (purpose: Purpose, subject: string, isNeeded: boolean): Publisher =>
      new Publisher({
        clock: settings.clock,
        purpose,
        subject,
        confirmTimeoutMs: settings.confirmTimeoutMs,
        maxUnconfirmed: settings.maxUnconfirmed,
        maxMessageBytes: settings.maxMessageBytes,
        onUp: () => this.#onUp(),
        onDown: (reason) => this.#onDown(isNeeded, subject, reason),
        onFailed: (reason) => {
          if (isNeeded) options.onAttemptFailed(reason);
          report.degraded({ what: subject, reason });
        },
        onReturned: (address, message) => options.onReturned(address, message),
        onStalled: (isStalled) => this.#onStalled(purpose, isStalled),
        onListenerError: (error) => report.userError("the listener of a send", error),
      });
    this.#messages = publisher("queue", "sending", true);
    this.#replies = publisher("inbox", "replying", true);
    this.#topics = publisher("topic", "publishing to topics", false);
    this.#connection.add(this.#topicsTenant());
    this.#connection.add(this.#messages.keeper);
    this.#connection.add(this.#replies.keeper);
  }

  /** How far the attempt to connect has come that is under way, if there is one. */
  get progress(): string | undefined {
    return this.#connection.progress;
  }

  start(): void {
    this.#connection.start();
  }

  stop(): Promise<void> {
    return this.#connection.stop();
  }

  send(queue: string, message: Message, listener: SendListener | undefined): void {
    this.#messages.send(queue, message, listener);
  }

  reply(address: string, message: Message, listener: SendListener | undefined): void {
    this.#replies.send(address, message, listener);
  }

  publish(topic: string, message: Message, listener: SendListener | undefined): void {
    if (this.#hasTopics) this.#topics.send(topic, message, listener);
    else this.#topics.refuse(listener, noTopics());
  }

  /** Learns of each new connection what its broker can do; without topics there is no link for them. */
  #topicsTenant(): Tenant<Link> {
    const { keeper } = this.#topics;
    return {
      linkUp: (link) => {
        const { features } = link.dialect;
        this.#hasTopics = features.topics;
        this.#options.onFeatures(features);
        if (features.topics) keeper.linkUp(link);
      },
      linkDown: (reason) => keeper.linkDown(reason),
      linkFailed: (reason) => keeper.linkFailed(reason),
      drain: () => keeper.drain(),
    };
  }

  /** It can send when both links that it cannot do without are open. */
  #onUp(): void {
    if (this.#up || this.#messages.keeper.lane === undefined || this.#replies.keeper.lane === undefined)
      return;
    this.#up = true;
    this.#options.onUp();
  }

  #onDown(isNeeded: boolean, what: string, reason: RpcError): void {
    if (!isNeeded) {
      // Lost with the connection, it is told once; lost alone, nobody else tells.
      if (reason.code === "Config") this.#options.report.degraded({ what, reason });
      return;
    }
    if (!this.#up) return;
    this.#up = false;
    this.#options.onDown(reason);
  }

  #onStalled(purpose: Purpose, isStalled: boolean): void {
    const before = this.#stalled.size > 0;
    if (isStalled) this.#stalled.add(purpose);
    else this.#stalled.delete(purpose);
    const after = this.#stalled.size > 0;
    if (before !== after) this.#options.onBlocked(after, after ? STALLED : "");
  }
}

function noTopics(): RpcError {
  return new RpcError("Config", "this broker has no topics over AMQP 1.0", { executed: "no" });
}
