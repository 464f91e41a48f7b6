import { setTimeout as sleep } from "node:timers/promises";
import type { Broker, Protocol } from "@porthos-rpc/brokers";
import { amqp10 } from "@porthos-rpc/transport-amqp10";
import { amqp091 } from "@porthos-rpc/transport-amqp091";
import { connect } from "amqplib";
import { askArtemis } from "./artemis.js";

/** How long an empty queue is listened to. */
const NOTHING_FOR_MS = 1_500;

/** Deletes a queue with what is in it. @returns how many messages it had ready, as the broker counts. */
export async function deleteQueue(broker: Broker, queue: string): Promise<number> {
  if (broker.urls.amqp091 === undefined) return deleteInArtemis(broker.url("amqp10"), queue);
  const connection = await connect(broker.urls.amqp091, { timeout: 5_000 });
  connection.on("error", () => {});
  try {
    const channel = await connection.createChannel();
    channel.on("error", () => {});
    const { messageCount } = await channel.deleteQueue(queue);
    return messageCount;
  } finally {
    await connection.close().catch(() => {});
  }
}

async function deleteInArtemis(url: string, queue: string): Promise<number> {
  const attribute = { _AMQ_ResourceName: `queue.${queue}`, _AMQ_Attribute: "messageCount" };
  const held = Number(await askArtemis(url, attribute, ""));
  const operation = { _AMQ_ResourceName: "broker", _AMQ_OperationName: "destroyQueue" };
  // The queue, and its consumers with it.
  await askArtemis(url, operation, JSON.stringify([queue, true]));
  return held;
}

/** Takes out whatever a queue still has. Nobody consumes it any more, so nothing of it is held back by anyone. */
export async function drainQueue(broker: Broker, protocol: Protocol, queue: string): Promise<number> {
  const url = broker.url(protocol);
  const transport = protocol === "amqp091" ? amqp091({ url }) : amqp10({ url });
  let messages = 0;
  try {
    await transport.consume(queue, { credit: 1_000 }, (delivery) => {
      messages++;
      delivery.accept();
    });
    for (let before = -1; before !== messages; ) {
      before = messages;
      await sleep(NOTHING_FOR_MS);
    }
    return messages;
  } finally {
    await transport.close();
  }
}

/** Queues that somebody forgot, where the broker can be asked for them: whoever used the broker has left. */
export async function queuesLeft(broker: Broker, expected: string): Promise<string[]> {
  if (broker.family !== "rabbitmq") return [];
  const text = await broker.ctl("list_queues", "name", "--silent");
  const names = text.split("\n").map((line) => line.trim());
  // The AMQP 1.0 of RabbitMQ 3 can make no inbox that goes away (README.md of the transport).
  const isKnownToStay = (name: string): boolean =>
    broker.version.startsWith("3.") && name.startsWith("reply.");
  return names.filter((name) => !["", "name", expected].includes(name) && !isKnownToStay(name));
}
