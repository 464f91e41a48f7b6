import type { ConsumeOptions, Delivery, RpcError, Subscription, Transport } from "@porthos-rpc/protocol";
import type { Waits } from "../fixture.js";
import { Arrivals } from "./arrivals.js";
import { textOf } from "./messages.js";
import { within } from "./waits.js";

/** How a case consumes. */
export interface ConsumerOptions {
  /** @default 10 */
  readonly credit?: number;
  /** Accepts everything at once. @default false: the case settles */
  readonly accept?: boolean;
}

/** A consumer and what it was given. */
export class Consumer {
  readonly queue: string;
  readonly deliveries: Arrivals<Delivery>;
  readonly degraded: Arrivals<RpcError>;
  readonly #waits: Waits;
  #subscription: Subscription | undefined;

  constructor(queue: string, waits: Waits) {
    this.queue = queue;
    this.#waits = waits;
    this.deliveries = new Arrivals(`a delivery from ${queue}`, waits);
    this.degraded = new Arrivals(`word that the consumer of ${queue} is degraded`, waits);
  }

  async start(transport: Transport, { credit = 10, accept = false }: ConsumerOptions): Promise<this> {
    const options: ConsumeOptions = { credit, onDegraded: this.degraded.add };
    const consuming = transport.consume(this.queue, options, (delivery) => {
      this.deliveries.add(delivery);
      if (accept) delivery.accept();
    });
    this.#subscription = await within(this.#waits.reconnectMs, `consume("${this.queue}")`, consuming);
    return this;
  }

  async cancel(): Promise<void> {
    const subscription = this.#subscription as Subscription;
    await within(this.#waits.waitMs, `cancel() of the consumer of ${this.queue}`, subscription.cancel());
  }

  /** Takes the next delivery, accepts it, and tells its text. */
  async acceptNext(): Promise<string> {
    const delivery = await this.deliveries.next();
    delivery.accept();
    return textOf(delivery.message);
  }

  /** The texts of everything that was ever delivered. */
  get texts(): string[] {
    return this.deliveries.all.map((delivery) => textOf(delivery.message));
  }
}
