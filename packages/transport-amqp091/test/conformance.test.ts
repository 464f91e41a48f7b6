import { type Broker, startRabbit } from "@porthos-rpc/brokers";
import { describeTransport } from "@porthos-rpc/transport-testkit";
import { type ChannelModel, connect } from "amqplib";
import { afterAll } from "vitest";
import { amqp091 } from "../src/index.js";
import { Line } from "./line.js";

/** A broker of its own: the suite stops it, blocks it and deletes queues under its consumers. */
const broker: Broker = await startRabbit({ name: "conformance091" });
const line = await Line.open(broker.url("amqp091"));

async function administer(work: (model: ChannelModel) => Promise<void>): Promise<void> {
  const model = await connect(broker.url("amqp091"));
  model.on("error", () => {});
  await work(model);
  await model.close();
}

async function deleteQueues(queues: readonly string[]): Promise<void> {
  await administer(async (model) => {
    const channel = await model.createChannel();
    for (const queue of queues) await channel.deleteQueue(queue);
  });
}

describeTransport("amqp091", {
  create: () => amqp091({ url: line.url, maxMessageBytes: 1_048_576, startTimeoutMs: 3_000 }),
  limits: { maxMessageBytes: 1_048_576 },
  features: {
    confirmedSends: true,
    unroutableSends: true,
    unroutableReplies: true,
    expiry: true,
    typedHeaders: true,
    topics: true,
  },
  broker: {
    cut: () => line.cut(),
    restart: () => broker.restart(),
    stop: () => broker.stop(),
    start: () => broker.start(),
    block: async () => void (await broker.ctl("set_vm_memory_high_watermark", "absolute", "1MB")),
    unblock: async () => void (await broker.ctl("set_vm_memory_high_watermark", "0.4")),
    deleteQueue: (queue) => deleteQueues([queue]),
  },
  removeQueues: deleteQueues,
});

afterAll(async () => {
  await line.close();
  await broker.remove();
});
