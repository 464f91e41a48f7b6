import { describeTransport } from "@porthos-rpc/transport-testkit";
import { type ChaosTransport, chaos } from "@porthos-rpc/transport-testkit/chaos";
import { memoryFixture } from "./fixture.js";

// The testkit knows no transport, so what proves that its fault wrapper keeps the interface's promises stands here:
// chaos makes the cuts, and everything must come out as if the broker had made them.
const memory = memoryFixture();
const made: ChaosTransport[] = [];

describeTransport(
  "memory in chaos",
  {
    ...memory,
    create: async () => {
      const transport = chaos(await memory.create(), { seed: 1, downMs: 5 });
      made.push(transport);
      return transport;
    },
    broker: { ...memory.broker, cut: () => made.forEach((transport) => void transport.disconnect()) },
  },
  { quietMs: 20 },
);
