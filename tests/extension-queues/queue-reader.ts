import { connect } from "@porthos-rpc/connect";
import type { Transport } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import type { Row } from "../rows.js";
import { RawConnection } from "../seed-peer/raw-connection.js";

/** A message of an extension's queue. */
export interface QueueMessage {
  readonly contentType: string | undefined;
  readonly body: string;
  /** The properties that it has on AMQP 0-9-1; none where it was not read there. */
  readonly properties: readonly string[];
}

/**
 * Reads an extension's queue as the seed's web apps do: declares it, durable and without arguments, and consumes it. By
 * AMQP 0-9-1, byte for byte, where the broker speaks it; else by a transport.
 */
export class QueueReader implements AsyncDisposable {
  /** Those about one service, since the queue is everybody's. */
  readonly messages: Arrivals<QueueMessage>;
  readonly #end: () => Promise<void>;

  private constructor(messages: Arrivals<QueueMessage>, end: () => Promise<void>) {
    this.messages = messages;
    this.#end = end;
  }

  static async open(row: Row, queue: string, service: string): Promise<QueueReader> {
    const messages = new Arrivals<QueueMessage>(`a message of ${service} in ${queue}`);
    const add = (message: QueueMessage): void => {
      if (message.body.includes(`"${service}"`)) messages.add(message);
    };
    const end =
      row.seedUrl === undefined
        ? await readByTransport(await connect(row.url), queue, add)
        : await readAsSeed(row.seedUrl, queue, add);
    return new QueueReader(messages, end);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#end();
  }
}

/** It says that it is JSON; the seed's web apps would read it as such whatever it said. */
export function expectJson({ contentType }: QueueMessage, { cannot }: Row): void {
  const isKept = !cannot.has("keep the content type of what is read by AMQP 0-9-1");
  if (isKept) expect(contentType).toBe("application/json");
}

type Add = (message: QueueMessage) => void;

async function readAsSeed(url: string, queue: string, add: Add): Promise<() => Promise<void>> {
  const connection = await RawConnection.open(url);
  const channel = await connection.channel();
  await channel.declare(queue, { durable: true });
  await channel.consume(queue, (delivery) => {
    channel.ack(delivery);
    const { properties, body } = delivery;
    add({ contentType: properties.contentType, body: body.toString(), properties: Object.keys(properties) });
  });
  return () => connection.close();
}

async function readByTransport(transport: Transport, queue: string, add: Add): Promise<() => Promise<void>> {
  await transport.consume(queue, { credit: 100 }, (delivery) => {
    const { contentType, body } = delivery.message;
    add({ contentType, body: new TextDecoder().decode(body), properties: [] });
    delivery.accept();
  });
  return () => transport.close();
}
