import { setTimeout as delay } from "node:timers/promises";
import type { Transport } from "@porthos-rpc/protocol";
import { expect } from "vitest";
import { fault } from "./fault.js";
import { figure, openLine, tookMs } from "./network.js";

/** A thousand as the pauses are drawn is a test of the supervisor; these are real connections of real transports. */
const CLIENTS = 40;
const REPEATS = 7;

fault(64, "real transports come back spread over a second", async (stage, context) => {
  const line = await openLine(stage, context);
  const transports = await Promise.all(Array.from({ length: CLIENTS }, () => stage.transport(line)));
  const leases = transports.map((transport) => transport.acquire());
  const cutMs = performance.now();
  const back = transports.map((transport) => nextUp(transport));
  line.cut();
  const took = (await Promise.all(back)).map((atMs) => atMs - cutMs).sort((a, b) => a - b);
  const spreadMs = (took.at(-2) as number) - (took[1] as number);
  figure(`spread of ${CLIENTS} clients`, stage.row, `${Math.round(spreadMs)} ms`);
  expect(spreadMs).toBeGreaterThan(600);
  await Promise.all(leases.map((lease) => lease.release()));
});

fault(
  64,
  "a client is served again within a second of the broker's return, mostly",
  async (stage, context) => {
    const line = await openLine(stage, context);
    await stage.server({ echo: (request) => request.args()[0] });
    const client = await stage.client({ transport: await stage.transport(line), timeoutMs: 20_000 });
    await client.call("echo").withArgs(0).sync();
    const took: number[] = [];
    for (let time = 0; time < REPEATS; time++) {
      // What dies as soon as it is there is taken for dangerous, and opened again slowly.
      await delay(500);
      await line.refuse();
      await delay(300);
      const called = client.call("echo").withArgs(time).sync();
      const backMs = performance.now();
      await line.accept();
      took.push(
        await tookMs(
          backMs,
          called.then(() => performance.now()),
          "an answer",
        ),
      );
    }
    took.sort((a, b) => a - b);
    const median = took[Math.floor(took.length / 2)] as number;
    figure("usable again", stage.row, `median ${median} ms, at most ${took.at(-1)} ms`);
    expect(took.at(-1)).toBeLessThan(5_000);
    expect(median).toBeLessThan(1_500);
  },
  { isAlone: true },
);

function nextUp(transport: Transport): Promise<number> {
  return new Promise((resolve) => {
    const stop = transport.on("up", () => {
      stop();
      resolve(performance.now());
    });
  });
}
