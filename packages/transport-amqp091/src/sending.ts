import { type Message, RpcError, type SendListener } from "@porthos-rpc/protocol";
import type { Report } from "@porthos-rpc/protocol/driver";
import { type Connection, connectionFor } from "./connection.js";
import type { LaneDriver } from "./lane.js";
import type { Settings } from "./options.js";
import { Publisher, type PublisherOptions, type SendKind } from "./publisher.js";
import { DirectReplyBreaker, readReplyAddress } from "./reply-address.js";
import { TOPIC_EXCHANGE, topicKey } from "./topics.js";

/** Routes by queue name; every queue is bound to it (AMQP 0-9-1, 3.1.3.1). */
const DEFAULT_EXCHANGE = "";

const WITH_RETURN: SendKind = { mandatory: true, direct: false };
const NO_RETURN: SendKind = { mandatory: false, direct: false };
/** RabbitMQ 3.10 returns a mandatory message for a direct reply-to address although it delivers it. */
const DIRECT: SendKind = { mandatory: false, direct: true };

export interface SendingOptions {
  readonly report: Report;
  onUp(): void;
  onDown(reason: RpcError): void;
  onAttemptFailed(reason: RpcError): void;
  onFatal(reason: RpcError): void;
  onBlocked(blocked: boolean, reason: string): void;
  onReturned(address: string, message: Message): void;
}

/**
 * The connection for what is sent. Topics have a channel of their own: a user who may not publish to them must not
 * lose requests and replies over it.
 */
export class Sending {
  readonly #connection: Connection;
  readonly #messages: Publisher;
  readonly #topics: Publisher;
  readonly #breaker: DirectReplyBreaker;

  constructor(settings: Settings, driver: LaneDriver, options: SendingOptions) {
    const { report } = options;
    this.#breaker = new DirectReplyBreaker(settings.clock);
    this.#connection = connectionFor("publish", settings, driver, {
      // One that is lost before it could be used has not been up for anybody.
      onDown: (reason) => options.onAttemptFailed(reason),
      onAttemptFailed: (reason) => options.onAttemptFailed(reason),
      onFatal: (reason) => options.onFatal(reason),
      onRenewalFailed: (reason) => report.degraded({ what: "renewing the credentials for sending", reason }),
      onBlocked: (blocked, reason) => options.onBlocked(blocked, reason),
    });
    const common = {
      clock: settings.clock,
      confirmTimeoutMs: settings.confirmTimeoutMs,
      maxUnconfirmed: settings.maxUnconfirmed,
      maxMessageBytes: settings.maxMessageBytes,
      onReturned: (address: string, message: Message) => options.onReturned(address, message),
      onListenerError: (error: unknown) => report.userError("the listener of a send", error),
    } satisfies Partial<PublisherOptions>;
    this.#messages = new Publisher({
      ...common,
      subject: "sending",
      onUp: () => options.onUp(),
      onDown: (reason) => options.onDown(reason),
      onCrash: () => this.#breaker.trip(),
      onFailed: (reason) => {
        options.onAttemptFailed(reason);
        report.degraded({ what: "sending", reason });
      },
    });
    const what = "publishing to topics";
    this.#topics = new Publisher({
      ...common,
      subject: what,
      onUp: () => {},
      // Without a cause of its own it went with the connection, which is told once.
      onDown: (reason) => reason.code === "Config" && report.degraded({ what, reason }),
      onFailed: (reason) => report.degraded({ what, reason }),
    });
    this.#connection.add(this.#topics.keeper);
    this.#connection.add(this.#messages.keeper);
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
    if (queue === "") this.#messages.refuse(listener, nameless("queue"));
    else this.#messages.send(DEFAULT_EXCHANGE, queue, WITH_RETURN, message, listener);
  }

  reply(address: string, message: Message, listener: SendListener | undefined): void {
    let target: ReturnType<typeof readReplyAddress>;
    try {
      target = readReplyAddress(address);
      if (target.direct) this.#breaker.check();
    } catch (error) {
      this.#messages.refuse(listener, error);
      return;
    }
    this.#messages.send(
      DEFAULT_EXCHANGE,
      target.key,
      target.direct ? DIRECT : WITH_RETURN,
      message,
      listener,
    );
  }

  publish(topic: string, message: Message, listener: SendListener | undefined): void {
    if (topic === "") this.#topics.refuse(listener, nameless("topic"));
    else this.#topics.send(TOPIC_EXCHANGE, topicKey(topic), NO_RETURN, message, listener);
  }
}

function nameless(what: string): RpcError {
  return new RpcError("BadRequest", `the ${what}'s name is empty`);
}
