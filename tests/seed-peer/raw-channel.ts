import { SOON_MS, within } from "../waits.js";
import { encodeTable, type Field } from "./field-table.js";
import { bodyFrames, type Frame, FrameType } from "./frame.js";
import { Method, method } from "./method.js";
import { OctetReader, type OctetWriter } from "./octets.js";
import { decodeHeader, encodeHeader, type Properties } from "./properties.js";
import { BrokerRefusal, Replies } from "./replies.js";

/** A message as its frames brought it. */
export interface RawDelivery {
  readonly deliveryTag: bigint;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: Properties;
  readonly body: Buffer;
}

export interface QueueShape {
  readonly passive?: boolean;
  readonly durable?: boolean;
  readonly exclusive?: boolean;
  readonly autoDelete?: boolean;
  readonly args?: readonly Field[];
}

/** What the broker says to a declaration. */
export interface DeclaredQueue {
  readonly name: string;
  /** Messages that are ready: those that somebody holds unacknowledged do not count. */
  readonly messages: number;
  readonly consumers: number;
}

/** What a channel needs of its connection. */
export interface FrameSink {
  readonly maxFrameBytes: number;
  write(frames: readonly Frame[]): void;
}

type Incoming = Omit<RawDelivery, "properties" | "body"> & { readonly consumerTag: string };

/** One channel, by its methods. Everything that waits for the broker is bounded. */
export class RawChannel {
  readonly #number: number;
  readonly #sink: FrameSink;
  readonly #replies = new Replies();
  readonly #consumers = new Map<string, (delivery: RawDelivery) => void>();
  #incoming: Incoming | undefined;
  #properties: Properties = {};
  #missingBytes = 0;
  #body: Buffer[] = [];
  #onConfirm: () => void = () => {};

  /** @param number from 1 */
  constructor(number: number, sink: FrameSink) {
    this.#number = number;
    this.#sink = sink;
  }

  async open(): Promise<this> {
    await this.#ask(method(Method.channelOpen).shortString(""), Method.channelOpenOk);
    return this;
  }

  async close(): Promise<void> {
    const words = method(Method.channelClose).integer(2, 200).shortString("").integer(4, 0);
    await this.#ask(words, Method.channelCloseOk);
  }

  /** @throws {BrokerRefusal} which closes the channel. */
  async declare(name: string, shape: QueueShape = {}): Promise<DeclaredQueue> {
    const bits = [shape.passive, shape.durable, shape.exclusive, shape.autoDelete];
    const flags = bits.reduce((sum, bit, index) => sum | (bit === true ? 1 << index : 0), 0);
    const words = method(Method.queueDeclare).integer(2, 0).shortString(name).integer(1, flags);
    const args = await this.#ask(words.bytes(encodeTable(shape.args ?? [])), Method.queueDeclareOk);
    return { name: args.shortString().toString(), messages: args.unsigned(4), consumers: args.unsigned(4) };
  }

  async deleteQueue(name: string): Promise<void> {
    const words = method(Method.queueDelete).integer(2, 0).shortString(name).integer(1, 0);
    await this.#ask(words, Method.queueDeleteOk);
  }

  /** Consumes without auto-ack and without a bound, as porthos-go does. */
  async consume(queue: string, onDelivery: (delivery: RawDelivery) => void): Promise<void> {
    const tag = `ctag-${queue.slice(0, 100)}-${this.#consumers.size + 1}`;
    // The first delivery may come in one packet with the broker's consent.
    this.#consumers.set(tag, onDelivery);
    const words = method(Method.basicConsume).integer(2, 0).shortString(queue).shortString(tag).integer(1, 0);
    await this.#ask(words.bytes(encodeTable([])), Method.basicConsumeOk);
  }

  /** Publishes without `mandatory` and without a look back. */
  publish(exchange: string, routingKey: string, properties: Properties, body: Uint8Array): void {
    const words = method(Method.basicPublish)
      .integer(2, 0)
      .shortString(exchange)
      .shortString(routingKey)
      .integer(1, 0);
    const payload = encodeHeader(properties, body.length);
    const header: Frame = { type: FrameType.header, channel: this.#number, payload };
    this.#sink.write([
      this.#frame(words),
      header,
      ...bodyFrames(this.#number, body, this.#sink.maxFrameBytes),
    ]);
  }

  async confirmSelect(): Promise<void> {
    await this.#ask(method(Method.confirmSelect).integer(1, 0), Method.confirmSelectOk);
  }

  /** The broker's next confirm. */
  confirmed(): Promise<void> {
    const confirm = new Promise<void>((resolve) => {
      this.#onConfirm = resolve;
    });
    return within(SOON_MS, "the broker's confirm", confirm);
  }

  ack(delivery: RawDelivery): void {
    this.#sink.write([this.#frame(method(Method.basicAck).integer(8, delivery.deliveryTag).integer(1, 0))]);
  }

  reject(delivery: RawDelivery, requeue: boolean): void {
    const words = method(Method.basicReject)
      .integer(8, delivery.deliveryTag)
      .integer(1, requeue ? 1 : 0);
    this.#sink.write([this.#frame(words)]);
  }

  /** For the connection: a frame of this channel's. */
  receive({ type, payload }: Frame): void {
    if (type === FrameType.header) this.#receiveHeader(payload);
    else if (type === FrameType.body) this.#receiveBody(payload);
    else this.#receiveMethod(payload.readUInt32BE(0), new OctetReader(payload.subarray(4)));
  }

  /** For the connection: it is over. */
  fail(error: Error): void {
    this.#replies.fail(error);
  }

  #receiveMethod(id: number, args: OctetReader): void {
    if (id === Method.basicDeliver) this.#incoming = readDeliver(args);
    else if (id === Method.basicAck) this.#onConfirm();
    else if (id === Method.channelClose) {
      this.#sink.write([this.#frame(method(Method.channelCloseOk))]);
      this.#replies.fail(new BrokerRefusal(args.unsigned(2), args.shortString().toString()));
    } else this.#replies.arrived(id, args);
  }

  #receiveHeader(payload: Buffer): void {
    const { bodyBytes, properties } = decodeHeader(payload);
    this.#properties = properties;
    this.#missingBytes = bodyBytes;
    this.#body = [];
    if (bodyBytes === 0) this.#deliver();
  }

  #receiveBody(payload: Buffer): void {
    this.#body.push(payload);
    this.#missingBytes -= payload.length;
    if (this.#missingBytes === 0) this.#deliver();
  }

  #deliver(): void {
    if (this.#incoming === undefined) return;
    const { consumerTag, ...envelope } = this.#incoming;
    this.#incoming = undefined;
    const body = Buffer.concat(this.#body);
    this.#consumers.get(consumerTag)?.({ ...envelope, properties: this.#properties, body });
  }

  #ask(words: OctetWriter, answer: number): Promise<OctetReader> {
    const reply = this.#replies.expect(answer);
    this.#sink.write([this.#frame(words)]);
    return reply;
  }

  #frame(words: OctetWriter): Frame {
    return { type: FrameType.method, channel: this.#number, payload: words.toBuffer() };
  }
}

function readDeliver(args: OctetReader): Incoming {
  return {
    consumerTag: args.shortString().toString(),
    deliveryTag: args.long64(),
    redelivered: args.unsigned(1) !== 0,
    exchange: args.shortString().toString(),
    routingKey: args.shortString().toString(),
  };
}
