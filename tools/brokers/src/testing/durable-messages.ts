import { connect } from "amqplib";
import rhea, { type EventContext } from "rhea";
import type { Broker } from "../broker.js";
import { openAmqp10 } from "../probe/connection10.js";

const QUEUE = "kept";
const WITHIN_MS = 10_000;

/** Leaves a durable message in a durable queue, by each protocol that the broker speaks. @returns their texts */
export async function leaveMessages(broker: Broker, word: string): Promise<string[]> {
  const texts: string[] = [];
  if (broker.urls.amqp091 !== undefined) {
    texts.push(`${word} by amqp091`);
    await publish(broker.urls.amqp091, `${word} by amqp091`);
  }
  texts.push(`${word} by amqp10`);
  await send(broker, `${word} by amqp10`);
  return texts;
}

/** Takes so many messages out of that queue, by AMQP 1.0. */
export async function takeMessages(broker: Broker, count: number): Promise<string[]> {
  const { connection, close } = await openAmqp10(broker.url("amqp10"));
  const texts: string[] = [];
  const receiver = connection.open_receiver({ source: address(broker) });
  await within(`${count} messages in ${QUEUE}`, (resolve) => {
    receiver.on("message", ({ message }: EventContext) => {
      texts.push(textOf(message?.body));
      if (texts.length === count) resolve();
    });
  });
  await close();
  return texts.sort();
}

async function publish(url: string, text: string): Promise<void> {
  const model = await connect(url);
  const channel = await model.createConfirmChannel();
  await channel.assertQueue(QUEUE, { durable: true });
  channel.sendToQueue(QUEUE, Buffer.from(text), { persistent: true });
  await channel.waitForConfirms();
  await model.close();
}

async function send(broker: Broker, text: string): Promise<void> {
  const { connection, close } = await openAmqp10(broker.url("amqp10"));
  const sender = connection.open_sender({ target: address(broker) });
  await within("the outcome of a durable message", (resolve) => {
    sender.on("accepted", () => resolve());
    sender.once("sendable", () => {
      sender.send({ durable: true, body: rhea.message.data_section(Buffer.from(text)) });
    });
  });
  await close();
}

/** Each broker has its own way to name a queue. */
function address({ family, version }: Broker): { address: string; capabilities?: string[] } {
  if (family !== "rabbitmq") return { address: QUEUE, capabilities: ["queue"] };
  return { address: version.startsWith("3.") ? `/amq/queue/${QUEUE}` : `/queues/${QUEUE}` };
}

function textOf(body: unknown): string {
  return String((body as { content?: Buffer } | undefined)?.content);
}

function within(what: string, run: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what}: not within ${WITHIN_MS} ms`)), WITHIN_MS);
    run(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
