import { describeTransport } from "@porthos-rpc/transport-testkit";
import { memoryFixture } from "./fixture.js";

describeTransport("memory", memoryFixture(), { quietMs: 20 });
