import type { Clock } from "../clock.js";
import { RpcError } from "../errors.js";
import type { Message } from "../message.js";
import { checkInteger, checkText } from "../options.js";
import type { ConsumeOptions, Delivery, Inbox, InboxHandler, Subscription } from "../transport.js";
import { closedError } from "./closed-error.js";
import type { Keeper, Lane } from "./keeper.js";
import type { DriverLink, SupervisedConnection } from "./supervised-connection.js";
import { within } from "./within.js";

/** A queue's name is a shortstr of AMQP 0-9-1; the same bound everywhere, so that what works on one works on all. */
const MAX_QUEUE_BYTES = 255;
/** basic.qos counts in 16 bits. */
const MAX_CREDIT = 65_535;

/** Something that is received from, and the keeper that keeps it open. */
export type Kept<T, Link> = T & { readonly keeper: Keeper<Link, Lane> };

/** How a driver makes what is received from. Nothing is opened by it: the keeper does that. */
export interface Receivers<Link> {
  consumer(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Kept<Subscription, Link>;
  /** @param onClose it is not to be kept open any more */
  inbox(handler: InboxHandler, onClose: () => void): Kept<Inbox, Link>;
  /** @throws {RpcError} BadRequest for a topic that cannot be named */
  subscription(
    topic: string,
    onMessage: (message: Message) => void,
    onClose: () => void,
  ): Kept<Subscription, Link>;
}

export interface ReceivingOptions {
  readonly clock: Clock;
  /** How long `consume` waits for its queue. */
  readonly startTimeoutMs: number;
  /** Starts the transport if need be; resolves when it can send. */
  ready(): Promise<void>;
}

/**
 * What `consume`, `openInbox` and `subscribe` of a transport promise, over a connection of its own, which is opened
 * when the first of them needs it.
 */
export class Receiving<Endpoint, Link extends DriverLink> {
  readonly #connection: SupervisedConnection<Endpoint, Link>;
  readonly #receivers: Receivers<Link>;
  readonly #options: ReceivingOptions;
  /** Those whose first opening somebody awaits. */
  readonly #opening = new Set<Keeper<Link, Lane>>();
  readonly #keepers = new Set<Keeper<Link, Lane>>();

  constructor(
    connection: SupervisedConnection<Endpoint, Link>,
    receivers: Receivers<Link>,
    options: ReceivingOptions,
  ) {
    this.#connection = connection;
    this.#receivers = receivers;
    this.#options = options;
  }

  start(): void {
    this.#connection.start();
  }

  /** The broker is there, as what is sent has found. So both connections come back by one throw of the dice. */
  hurry(): void {
    this.#connection.hurry();
  }

  async stop(): Promise<void> {
    for (const keeper of this.#opening) keeper.close(closedError());
    await this.#connection.stop();
  }

  abort(): void {
    this.#connection.abort();
  }

  /** Nothing is restored any more. */
  close(): void {
    for (const keeper of this.#keepers) keeper.close(closedError());
    this.#keepers.clear();
  }

  /** See `Transport.consume`. */
  async consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription> {
    checkText("consume()", "queue", queue, MAX_QUEUE_BYTES);
    // Required: the fallback is what no check lets pass.
    checkInteger("consume()", "credit", options.credit ?? 0, { min: 1, max: MAX_CREDIT, fallback: 0 });
    const consumer = this.#receivers.consumer(queue, options, onDelivery);
    await this.#options.ready();
    await this.#open(consumer.keeper, () => this.#openInTime(consumer.keeper, `queue "${queue}"`));
    return {
      cancel: async () => {
        this.#forget(consumer.keeper);
        await consumer.cancel();
      },
    };
  }

  /** See `Transport.openInbox`. */
  async openInbox(handler: InboxHandler): Promise<Inbox> {
    const inbox = this.#receivers.inbox(handler, () => this.#forget(inbox.keeper));
    await this.#open(inbox.keeper, () => this.#openPatiently(inbox.keeper));
    return inbox;
  }

  /** See `Transport.subscribe`. */
  async subscribe(topic: string, onMessage: (message: Message) => void): Promise<Subscription> {
    const onClose = (): void => this.#forget(subscription.keeper);
    const subscription = this.#receivers.subscription(topic, onMessage, onClose);
    await this.#open(subscription.keeper, () => this.#openPatiently(subscription.keeper));
    return subscription;
  }

  async #open(keeper: Keeper<Link, Lane>, wait: () => Promise<void>): Promise<void> {
    this.#keepers.add(keeper);
    this.#connection.add(keeper);
    try {
      await wait();
    } catch (error) {
      this.#forget(keeper);
      void keeper.close()?.close();
      throw error;
    } finally {
      this.#opening.delete(keeper);
    }
  }

  async #openInTime(keeper: Keeper<Link, Lane>, subject: string): Promise<void> {
    const { clock, startTimeoutMs } = this.#options;
    this.#opening.add(keeper);
    await within(clock, startTimeoutMs, keeper.opened);
    if (keeper.lane !== undefined) return;
    const failure = this.#connection.failure ?? keeper.failure;
    const known = failure?.message ?? this.#connection.progress;
    const why = known === undefined ? "" : `: ${known}`;
    const text = `${subject} could not be consumed within ${startTimeoutMs} ms${why}`;
    const late = new RpcError("Unavailable", text, { executed: "no", cause: failure });
    // Rejects with its own reason if it has one.
    await Promise.race([keeper.opened, Promise.reject(late)]);
  }

  /** Goes on trying while the broker is merely away. */
  async #openPatiently(keeper: Keeper<Link, Lane>): Promise<void> {
    for (;;) {
      try {
        await this.#options.ready();
        break;
      } catch (error) {
        if (!(error instanceof RpcError) || error.code !== "Unavailable") throw error;
      }
    }
    this.#opening.add(keeper);
    await keeper.opened;
  }

  #forget(keeper: Keeper<Link, Lane>): void {
    this.#keepers.delete(keeper);
    this.#connection.remove(keeper);
  }
}
