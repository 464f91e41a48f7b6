import { describeTransport } from "@porthos-rpc/transport-testkit";
import { afterAll, describe, test } from "vitest";
import { amqp10 } from "../src/index.js";
import { type BrokerKind, brokerUnderTest } from "./broker-under-test.js";
import { EXPECTED } from "./expected.js";
import { Line } from "./line.js";

const MAX_MESSAGE_BYTES = 1_048_576;

/** All, or those that this run is about: the brokers are heavy. */
const wanted = process.env["PORTHOS_TEST_AMQP10_KINDS"]?.split(",");
const kinds = Object.keys(EXPECTED).filter((kind) => wanted?.includes(kind) ?? true) as BrokerKind[];

for (const kind of kinds) {
  const broker = await brokerUnderTest(kind);
  if (broker === undefined) {
    describe(kind, () => test.skip("no such broker here", () => {}));
    continue;
  }
  const line = await Line.open(broker.url);
  const { features, knownFailures } = EXPECTED[kind];
  describeTransport(`amqp10, ${kind}`, {
    create: () => amqp10({ url: line.url, maxMessageBytes: MAX_MESSAGE_BYTES, startTimeoutMs: 3_000 }),
    limits: { maxMessageBytes: MAX_MESSAGE_BYTES },
    features,
    knownFailures,
    broker: { ...broker.control, cut: () => line.cut() },
    ...(broker.removeQueues === undefined ? {} : { removeQueues: broker.removeQueues }),
  });
  afterAll(async () => {
    await line.close();
    await broker.remove();
  });
}
