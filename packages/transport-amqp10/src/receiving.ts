import {
  type ConsumeOptions,
  checkInteger,
  checkText,
  type Delivery,
  type Inbox,
  type InboxHandler,
  type Message,
  RpcError,
  type Subscription,
} from "@porthos-rpc/protocol";
import { SupervisedConnection } from "./connection.js";
import { Consumer } from "./consumer.js";
import { closedError } from "./errors.js";
import { QueueInbox } from "./inbox.js";
import type { Keeper } from "./keeper.js";
import type { Lane, LaneDriver } from "./lane.js";
import type { Settings } from "./options.js";
import type { Report } from "./report.js";
import { checkTopic, TopicSubscription } from "./topics.js";
import { within } from "./within.js";

/** 0-9-1 peers of the same broker have to be able to name it in a shortstr. */
const MAX_QUEUE_BYTES = 255;
/** The bound of the other transports. */
const MAX_CREDIT = 65_535;

export interface ReceivingOptions {
  readonly report: Report;
  /** Starts the transport if need be; resolves when it can send. */
  ready(): Promise<void>;
}

/** The connection for what is received, opened when the first consumer, inbox or subscription needs it. */
export class Receiving {
  readonly #settings: Settings;
  readonly #options: ReceivingOptions;
  readonly #connection: SupervisedConnection;
  /** Those whose first opening somebody awaits. */
  readonly #opening = new Set<Keeper<Lane>>();
  readonly #keepers = new Set<Keeper<Lane>>();

  constructor(settings: Settings, driver: LaneDriver, options: ReceivingOptions) {
    this.#settings = settings;
    this.#options = options;
    const degraded = (reason: RpcError): void =>
      options.report.degraded({ what: "the connection for what is received", reason });
    this.#connection = new SupervisedConnection({
      role: "consume",
      settings,
      driver,
      onDown: degraded,
      onFatal: degraded,
    });
  }

  start(): void {
    this.#connection.start();
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

  async consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription> {
    checkText("consume()", "queue", queue, MAX_QUEUE_BYTES);
    const credit = checkInteger("consume()", "credit", options.credit, {
      min: 1,
      max: MAX_CREDIT,
      fallback: 0,
    });
    const { clock, queueMode } = this.#settings;
    const { onDegraded } = options;
    const consumer = new Consumer({
      clock,
      queue,
      queueMode,
      credit,
      report: this.#options.report,
      onDelivery,
      ...(onDegraded === undefined ? {} : { onDegraded }),
    });
    await this.#options.ready();
    await this.#open(consumer.keeper, () => this.#openInTime(consumer.keeper, `queue "${queue}"`));
    return {
      cancel: async () => {
        this.#forget(consumer.keeper);
        await consumer.cancel();
      },
    };
  }

  async openInbox(handler: InboxHandler): Promise<Inbox> {
    const { clock } = this.#settings;
    const { report } = this.#options;
    const inbox = new QueueInbox({ clock, handler, report, onClose: () => this.#forget(inbox.keeper) });
    await this.#open(inbox.keeper, () => this.#openPatiently(inbox.keeper));
    return inbox;
  }

  async subscribe(topic: string, onMessage: (message: Message) => void): Promise<Subscription> {
    checkTopic(topic);
    const { clock } = this.#settings;
    const { report } = this.#options;
    const onClose = (): void => this.#forget(subscription.keeper);
    const subscription = new TopicSubscription({ clock, topic, report, onMessage, onClose });
    await this.#open(subscription.keeper, () => this.#openPatiently(subscription.keeper));
    return subscription;
  }

  async #open(keeper: Keeper<Lane>, wait: () => Promise<void>): Promise<void> {
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

  async #openInTime(keeper: Keeper<Lane>, subject: string): Promise<void> {
    const { clock, startTimeoutMs } = this.#settings;
    this.#opening.add(keeper);
    await within(clock, startTimeoutMs, keeper.opened);
    if (keeper.lane !== undefined) return;
    const late = new RpcError("Unavailable", `${subject} could not be consumed within ${startTimeoutMs} ms`, {
      executed: "no",
      cause: keeper.failure,
    });
    // Rejects with its own reason if it has one.
    await Promise.race([keeper.opened, Promise.reject(late)]);
  }

  /** Goes on trying while the broker is merely away. */
  async #openPatiently(keeper: Keeper<Lane>): Promise<void> {
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

  #forget(keeper: Keeper<Lane>): void {
    this.#keepers.delete(keeper);
    this.#connection.remove(keeper);
  }
}
