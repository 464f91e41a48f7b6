import type { ConsumeOptions, Delivery, Subscription } from "@porthos-rpc/protocol";
import type { Connection } from "./connection.js";
import type { Consumer } from "./consumer.js";
import { unavailable } from "./errors.js";
import type { Link, LinkHost } from "./link.js";

/** How long a deleted queue stays away: senders learn that nobody is there, and who deletes again and again is not raced. */
const REDECLARE_DELAY_MS = 100;

/** A consumer of a queue, over all connections, and over deletions of the queue. */
export class ConsumerLink implements Link, Subscription {
  readonly #host: LinkHost;
  readonly #queue: string;
  readonly #options: ConsumeOptions;
  readonly #onDelivery: (delivery: Delivery) => void;
  #consumer: Consumer | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(
    host: LinkHost,
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ) {
    this.#host = host;
    this.#queue = queue;
    this.#options = options;
    this.#onDelivery = onDelivery;
  }

  open(connection: Connection): void {
    this.#consumer = connection.consume(this.#queue, {
      credit: this.#options.credit,
      onDelivery: this.#deliver,
      onQueueDeleted: () => this.#queueDeleted(connection),
    });
  }

  lost(): void {
    this.#consumer = undefined;
    this.#stopWaiting();
  }

  async cancel(): Promise<void> {
    this.#host.detach(this);
    this.#stopWaiting();
    this.#consumer?.cancel();
    this.#consumer = undefined;
  }

  #queueDeleted(connection: Connection): void {
    this.#consumer = undefined;
    this.#stopTimer = this.#host.clock.after(REDECLARE_DELAY_MS, () => {
      this.#stopTimer = undefined;
      this.open(connection);
      this.#degraded("was deleted, and is declared again");
    });
    this.#degraded("was deleted");
  }

  #degraded(what: string): void {
    const reason = unavailable(`the queue ${this.#queue} ${what}`);
    this.#host.onDegraded(`the consumer of ${this.#queue}`, reason);
    try {
      this.#options.onDegraded?.(reason);
    } catch (error) {
      this.#host.onThrown(`onDegraded of ${this.#queue}`, error);
    }
  }

  readonly #deliver = (delivery: Delivery): void => {
    try {
      this.#onDelivery(delivery);
    } catch (error) {
      this.#host.onThrown(`onDelivery of ${this.#queue}`, error);
    }
  };

  #stopWaiting(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }
}
