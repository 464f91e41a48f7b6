import { expect } from "vitest";
import { fault } from "./fault.js";
import { openLine, quickHeartbeats } from "./network.js";

fault(
  7,
  "300 ms +-200 ms there and back, and 32 kB/s: every call has its answer, and no connection is taken for dead",
  async (stage, context) => {
    const line = await openLine(stage, context);
    line.impair({ latencyMs: 150, jitterMs: 100, bytesPerSecond: 32_000 });
    const options = quickHeartbeats(stage.row);
    const [ofServer, ofClient] = await Promise.all([
      stage.transport(line, options),
      stage.transport(line, options),
    ]);
    const troubles: string[] = [];
    const stop = [ofServer, ofClient].flatMap((transport) => [
      transport.on("down", ({ reason }) => troubles.push(reason.message)),
      transport.on("degraded", ({ reason }) => troubles.push(reason.message)),
    ]);
    await stage.server({ echo: (request) => request.args()[0] }, { transport: ofServer });
    const client = await stage.client({ transport: ofClient, timeoutMs: 20_000 });
    // Longer than the heartbeats that would tell a dead line.
    const untilMs = performance.now() + 5_000;
    const callOn = async (worker: number): Promise<void> => {
      for (let call = 0; performance.now() < untilMs; call++) {
        const value = `${worker}/${call} ${"x".repeat(500)}`;
        expect((await client.call("echo").withArgs(value).sync()).json()).toBe(value);
      }
    };
    await Promise.all([0, 1, 2, 3].map(callOn));
    expect(troubles).toEqual([]);
    for (const each of stop) each();
  },
  { timeoutMs: 60_000 },
);
