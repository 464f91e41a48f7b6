import { once } from "node:events";
import {
  type Delivery,
  type Message,
  NO_HEADERS,
  type SendOutcome,
  type Transport,
  type TransportEvents,
} from "@porthos-rpc/protocol";
import { type Channel, type ChannelModel, connect } from "amqplib";
import { onTestFinished } from "vitest";
import { type Amqp091Options, amqp091 } from "../src/index.js";

/** A transport that is closed when the test has finished. */
export function open(options: Amqp091Options): Transport {
  const transport = amqp091(options);
  onTestFinished(() => transport.close());
  return transport;
}

export async function opened(options: Amqp091Options): Promise<Transport> {
  const transport = open(options);
  await transport.ready();
  return transport;
}

/** A peer that knows nothing of Porthos: amqplib alone. */
export async function peer(url: string): Promise<{ model: ChannelModel; channel: Channel }> {
  const model = await connect(url);
  model.on("error", () => {});
  onTestFinished(() => model.close().catch(() => {}));
  const channel = await model.createChannel();
  channel.on("error", () => {});
  return { model, channel };
}

let names = 0;

/** A queue that no other test uses, deleted when the test has finished. */
export function queueName(url: string): string {
  const name = `amqp091-test-${process.pid}-${Date.now()}-${++names}`;
  onTestFinished(() => deleteQueue(url, name).catch(() => {}));
  return name;
}

export async function deleteQueue(url: string, name: string): Promise<void> {
  const model = await connect(url);
  model.on("error", () => {});
  const channel = await model.createChannel();
  channel.on("error", () => {});
  // Some brokers refuse to delete what is not there.
  await channel.deleteQueue(name).catch(() => {});
  await model.close();
}

export function message(part: Partial<Message> | string = {}): Message {
  const given = typeof part === "string" ? { body: new TextEncoder().encode(part) } : part;
  return {
    body: new Uint8Array(0),
    contentType: undefined,
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
    ...given,
  };
}

export function text({ body }: Message): string {
  return new TextDecoder().decode(body);
}

export function sent(transport: Transport, queue: string, what: Message | string): Promise<SendOutcome> {
  const it = typeof what === "string" ? message(what) : what;
  return new Promise((resolve) => transport.send(queue, it, { onOutcome: resolve }));
}

export function replied(transport: Transport, address: string, what: Message | string): Promise<SendOutcome> {
  const it = typeof what === "string" ? message(what) : what;
  return new Promise((resolve) => transport.reply(address, it, { onOutcome: resolve }));
}

export function published(transport: Transport, topic: string, what: string): Promise<SendOutcome> {
  return new Promise((resolve) => transport.publish(topic, message(what), { onOutcome: resolve }));
}

/** The next event of that kind. */
export function next<K extends keyof TransportEvents>(
  transport: Transport,
  event: K,
): Promise<TransportEvents[K]> {
  return new Promise((resolve) => {
    const stop = transport.on(event, (payload) => {
      stop();
      resolve(payload);
    });
  });
}

/** Things as they come, to be awaited one by one. */
export class Arrivals<T> {
  readonly all: T[] = [];
  readonly #target = new EventTarget();
  #taken = 0;

  readonly add = (one: T): void => {
    this.all.push(one);
    this.#target.dispatchEvent(new Event("arrival"));
  };

  async next(): Promise<T> {
    while (this.all.length <= this.#taken) await once(this.#target, "arrival");
    return this.all[this.#taken++] as T;
  }
}

/** Consumes a queue into arrivals; whoever takes one settles it. */
export async function consume(transport: Transport, queue: string, credit = 10): Promise<Arrivals<Delivery>> {
  const deliveries = new Arrivals<Delivery>();
  await transport.consume(queue, { credit }, deliveries.add);
  return deliveries;
}
