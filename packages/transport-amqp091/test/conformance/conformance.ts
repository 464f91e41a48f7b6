import { type Broker, Line } from "@porthos-rpc/brokers";
import { ownBroker } from "@porthos-rpc/brokers/vitest";
import { type BrokerControl, describeTransport } from "@porthos-rpc/transport-testkit";
import { type ChannelModel, connect } from "amqplib";
import { afterAll } from "vitest";
import { amqp091 } from "../../src/index.js";
import { EXPECTED, type Tested } from "./expected.js";

const MAX_MESSAGE_BYTES = 1_048_576;
const NOT_FOUND = 404;

/** The conformance suite over AMQP 0-9-1 on a broker of its own, which it stops, blocks and cuts off. */
export async function conformance(name: Tested): Promise<void> {
  // Only Qpid can be told whether a send makes the queue that it names.
  const broker = await ownBroker(name, { name: `conformance091-${name}`, autoCreate: false });
  if (broker === undefined) return;
  const line = await Line.open(broker.url("amqp091"));
  const { features, knownFailures } = EXPECTED[name];
  describeTransport(`amqp091 on ${broker.name}`, {
    create: () => amqp091({ url: line.url, maxMessageBytes: MAX_MESSAGE_BYTES, startTimeoutMs: 3_000 }),
    brokerLabel: `${broker.product} ${broker.version}`,
    limits: { maxMessageBytes: MAX_MESSAGE_BYTES },
    features,
    knownFailures,
    broker: controlOf(broker, line),
    removeQueues: (queues) => deleteQueues(broker, queues),
  });
  afterAll(() => line.close());
}

/** It is really restarted; while it is `stop`ped, the line refuses. */
function controlOf(broker: Broker, line: Line): BrokerControl {
  const control = {
    cut: () => line.cut(),
    restart: () => broker.restart(),
    stop: () => line.refuse(),
    start: () => line.accept(),
    deleteQueue: (queue: string) => deleteQueues(broker, [queue]),
  };
  // Qpid has no alarms.
  if (broker.family !== "rabbitmq") return control;
  return {
    ...control,
    block: async () => void (await broker.ctl("set_vm_memory_high_watermark", "absolute", "1MB")),
    unblock: async () => void (await broker.ctl("set_vm_memory_high_watermark", "0.4")),
  };
}

async function deleteQueues(broker: Broker, queues: readonly string[]): Promise<void> {
  const model = await connect(broker.url("amqp091"));
  model.on("error", () => {});
  for (const queue of queues) await deleteQueue(model, queue);
  await model.close();
}

/** RabbitMQ is content when there is no such queue; Qpid closes the channel over it. */
async function deleteQueue(model: ChannelModel, queue: string): Promise<void> {
  const channel = await model.createChannel();
  channel.on("error", () => {});
  try {
    await channel.deleteQueue(queue);
    await channel.close();
  } catch (error) {
    if ((error as { code?: unknown }).code !== NOT_FOUND) throw error;
  }
}
