import { setImmediate } from "node:timers/promises";
import type {
  Delivery,
  InboxHandler,
  Message,
  SendOutcome,
  Subscription,
  Transport,
} from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { expect, onTestFinished } from "vitest";
import { type MemoryBroker, type MemoryBrokerOptions, memory, memoryBroker } from "../src/index.js";
import { Arrivals } from "./arrivals.js";
import { message } from "./messages.js";

/** Lets everything happen that needs no time to pass. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

/** A broker on a clock that the test owns, and transports on it. After the test no timer may be left. */
export class Stage {
  readonly clock: ManualClock = new ManualClock();
  readonly broker: MemoryBroker;
  readonly #transports: Transport[] = [];

  constructor(options: MemoryBrokerOptions = {}) {
    this.broker = memoryBroker({ clock: this.clock, ...options });
    onTestFinished(() => this.#end());
  }

  /** One that is not started. */
  idle(): Transport {
    const transport = memory({ broker: this.broker });
    this.#transports.push(transport);
    return transport;
  }

  async up(): Promise<Transport> {
    const transport = this.idle();
    transport.acquire();
    await transport.ready();
    return transport;
  }

  /** Lets time pass, until what became due in it has happened. */
  async pass(ms: number): Promise<void> {
    await settled();
    this.clock.advance(ms);
    await settled();
  }

  async #end(): Promise<void> {
    this.broker.unblock();
    for (const transport of this.#transports) {
      let closing = true;
      const closed = transport.close().then(() => {
        closing = false;
      });
      while (closing) await this.pass(100);
      await closed;
    }
    expect(this.clock.timerCount, "timers that are left").toBe(0);
  }
}

/** A consumer that keeps its deliveries, and accepts none by itself. */
export async function consume(
  transport: Transport,
  queue: string,
  credit = 10,
): Promise<{ deliveries: Arrivals<Delivery>; subscription: Subscription }> {
  const deliveries = new Arrivals<Delivery>();
  const subscription = await transport.consume(queue, { credit }, deliveries.add);
  return { deliveries, subscription };
}

/** Makes the queue, and leaves it without a consumer. */
export async function declare(transport: Transport, queue: string): Promise<void> {
  const { subscription } = await consume(transport, queue);
  await subscription.cancel();
}

export async function openInbox(
  transport: Transport,
  handler: Partial<InboxHandler> = {},
): Promise<{ address: string; messages: Arrivals<Message>; close(): Promise<void> }> {
  const messages = new Arrivals<Message>();
  const inbox = await transport.openInbox({ onMessage: messages.add, ...handler });
  return { address: inbox.address as string, messages, close: () => inbox.close() };
}

/** The outcome of a send. */
export function send(transport: Transport, queue: string, what: string | Message): Promise<SendOutcome> {
  const sent = typeof what === "string" ? message(what) : what;
  return new Promise((resolve) => transport.send(queue, sent, { onOutcome: resolve }));
}

export function reply(transport: Transport, address: string, what: string | Message): Promise<SendOutcome> {
  const sent = typeof what === "string" ? message(what) : what;
  return new Promise((resolve) => transport.reply(address, sent, { onOutcome: resolve }));
}

export function publish(transport: Transport, topic: string, what: string | Message): Promise<SendOutcome> {
  const sent = typeof what === "string" ? message(what) : what;
  return new Promise((resolve) => transport.publish(topic, sent, { onOutcome: resolve }));
}

/** The code of a refusal. */
export function refusalOf(outcome: SendOutcome): string {
  return outcome.kind === "refused" ? outcome.error.code : `not refused but ${outcome.kind}`;
}
