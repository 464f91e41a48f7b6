import type { Message, Subscription, Transport } from "@porthos-rpc/protocol";
import type { Waits } from "../fixture.js";
import { Arrivals } from "./arrivals.js";
import { textOf } from "./messages.js";
import { within } from "./waits.js";

/** A subscription to a topic and what it heard. */
export class Subscriber {
  readonly topic: string;
  readonly messages: Arrivals<Message>;
  readonly #waits: Waits;
  #subscription: Subscription | undefined;

  constructor(topic: string, waits: Waits) {
    this.topic = topic;
    this.#waits = waits;
    this.messages = new Arrivals(`a message on the topic ${topic}`, waits);
  }

  async start(transport: Transport): Promise<this> {
    const subscribing = transport.subscribe(this.topic, this.messages.add);
    this.#subscription = await within(this.#waits.reconnectMs, `subscribe("${this.topic}")`, subscribing);
    return this;
  }

  async cancel(): Promise<void> {
    const subscription = this.#subscription as Subscription;
    await within(this.#waits.waitMs, `cancel() of the subscription to ${this.topic}`, subscription.cancel());
  }

  get texts(): string[] {
    return this.messages.all.map(textOf);
  }
}
