import type { TransportFixture } from "@porthos-rpc/transport-testkit";
import { memory, memoryBroker } from "../src/index.js";

/** All transports on one broker, to which everything can be done. */
export function memoryFixture(): TransportFixture {
  const broker = memoryBroker({ maxMessageBytes: 4 * 1_048_576 });
  return {
    create: () => memory({ broker, startTimeoutMs: 300 }),
    limits: { maxMessageBytes: 4 * 1_048_576 },
    features: {
      confirmedSends: true,
      unroutableSends: true,
      unroutableReplies: true,
      expiry: true,
      typedHeaders: true,
      nestedHeaders: true,
      topics: true,
    },
    broker: {
      restart: () => {
        broker.stop();
        broker.start();
      },
      stop: () => broker.stop(),
      start: () => broker.start(),
      cut: () => broker.disconnect(),
      block: () => broker.block(),
      unblock: () => broker.unblock(),
      deleteQueue: (queue) => broker.deleteQueue(queue),
    },
  };
}
