import { withRedis } from "@porthos-rpc/brokers/redis";
import { describeTransport } from "@porthos-rpc/transport-testkit";
import { redisTransport } from "../src/index.js";

const maxMessageBytes = 1_048_576;

await withRedis((server) => {
  describeTransport(
    "redis",
    {
      // Longer than the longest pause before a reconnect, and the reconnect.
      create: () => redisTransport({ url: server.url, startTimeoutMs: 3_000, pollMs: 200, maxMessageBytes }),
      limits: { maxMessageBytes },
      knownFailures: {
        "headers/nested-proto": "properties travel as valuesCodec writes them, which takes no such key",
      },
      features: {
        confirmedSends: true,
        unroutableSends: true,
        unroutableReplies: true,
        expiry: true,
        typedHeaders: true,
        nestedHeaders: true,
        topics: true,
      },
      // No block: Redis does not say that it takes nothing. It refuses each message, and so does the transport.
      broker: {
        cut: () => server.cli("CLIENT", "KILL", "USER", "default"),
        restart: async () => {
          await server.stop();
          await server.start();
        },
        stop: () => server.stop(),
        start: () => server.start(),
        deleteQueue: (queue) => server.cli("DEL", `porthos:queue:${queue}`),
      },
      removeQueues: (queues) => server.cli("DEL", ...queues.map((queue) => `porthos:queue:${queue}`)),
    },
    { quietMs: 50 },
  );
});
