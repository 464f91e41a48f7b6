import { describeMutants } from "@porthos-rpc/transport-testkit/mutants";
import { memoryFixture } from "./fixture.js";

// The testkit knows no transport, so what proves that its suite has teeth stands here.
describeMutants("memory", memoryFixture(), { waitMs: 300, quietMs: 20, reconnectMs: 800 });
