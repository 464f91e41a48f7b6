import { type BrokerName, Line } from "@porthos-rpc/brokers";
import { ownBroker } from "@porthos-rpc/brokers/vitest";
import { describeTransport } from "@porthos-rpc/transport-testkit";
import { afterAll } from "vitest";
import { amqp10 } from "../../src/index.js";
import { controlOf, removeQueues } from "../brokers.js";
import { EXPECTED } from "../expected.js";

const MAX_MESSAGE_BYTES = 1_048_576;

/** The conformance suite over AMQP 1.0 on a broker of its own, which it stops, blocks and cuts off. */
export async function conformance(name: BrokerName): Promise<void> {
  // Only Qpid can be told whether a send makes the queue that it names.
  const broker = await ownBroker(name, { name: `conformance10-${name}`, autoCreate: false });
  if (broker === undefined) return;
  const line = await Line.open(broker.url("amqp10"));
  const { features, knownFailures } = EXPECTED[name];
  describeTransport(`amqp10 on ${broker.name}`, {
    create: () => amqp10({ url: line.url, maxMessageBytes: MAX_MESSAGE_BYTES, startTimeoutMs: 3_000 }),
    brokerLabel: `${broker.product} ${broker.version}`,
    limits: { maxMessageBytes: MAX_MESSAGE_BYTES },
    features,
    knownFailures,
    broker: controlOf(broker, line),
    // The broker goes with the file. Until then only names that another case could come upon matter.
    removeQueues: async (queues) => {
      const shared = queues.filter((queue) => !queue.startsWith("porthos-testkit-"));
      if (shared.length > 0) await removeQueues(broker, shared);
    },
  });
  afterAll(() => line.close());
}
