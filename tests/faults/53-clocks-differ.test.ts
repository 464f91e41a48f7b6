import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { fault } from "./fault.js";
import { ShiftedClock } from "./watch/shifted-clock.js";

const FIVE_MINUTES_MS = 300_000;

for (const [what, shiftMs] of [
  ["ahead", FIVE_MINUTES_MS],
  ["behind", -FIVE_MINUTES_MS],
] as const) {
  fault(
    53,
    `a caller whose clock is ${what} gets its answers, and its deadlines are kept by both ends`,
    async (stage) => {
      const leftMs = new Arrivals<number>("a run");
      const aborted = new Arrivals<number>("an aborted handler");
      await stage.server({
        tell: ({ deadline }) => leftMs.add((deadline?.getTime() ?? Number.NaN) - Date.now()),
        ponder: ({ signal }) =>
          new Promise<void>((resolve) => {
            signal.addEventListener("abort", () => {
              aborted.add(performance.now());
              resolve();
            });
          }),
      });
      const client = await stage.client({ clock: new ShiftedClock(stage.clock, shiftMs) });
      for (let count = 0; count < 12; count++) await client.call("tell").withTimeout(5_000).sync();
      for (const ms of leftMs.all) {
        expect(ms).toBeGreaterThan(0);
        expect(ms).toBeLessThanOrEqual(5_000);
      }
      const startedMs = performance.now();
      const late = client.call("ponder").withTimeout(1_000).sync();
      await expect(late).rejects.toMatchObject({ code: "Timeout" });
      const endedMs = await aborted.next();
      expect(endedMs - startedMs).toBeGreaterThan(500);
      expect(endedMs - startedMs).toBeLessThan(3_000);
    },
  );

  fault(53, `a request of such a caller (${what}) that expired in the queue does not run`, async (stage) => {
    const ran: unknown[] = [];
    const run = (request: { args(): readonly unknown[] }): void => void ran.push(request.args()[0]);
    const first = await stage.server({ run });
    const client = await stage.client({ clock: new ShiftedClock(stage.clock, shiftMs) });
    await client.call("run").withArgs("first").sync();
    await first.shutdown();
    const expired = client.call("run").withArgs("expired").withTimeout(200).sync();
    await expect(expired).rejects.toMatchObject({ code: "Timeout" });
    const waiting = client.call("run").withArgs("in time").sync();
    await delay(100);
    await stage.server({ run });
    await waiting;
    expect(ran).toEqual(["first", "in time"]);
  });
}

for (const [what, shiftMs] of [
  ["ahead", 3_000],
  ["behind", -3_000],
] as const) {
  fault(
    53,
    `a call that is answered at once is not told 504 though its caller's clock is a little ${what}, and corrected later`,
    async (stage) => {
      await stage.server({ tell: () => {} });
      const clock = new ShiftedClock(stage.clock, shiftMs);
      const client = await stage.client({ clock, timeoutMs: 5_000 });
      for (const ms of [shiftMs, 0]) {
        clock.shiftMs = ms;
        for (let call = 0; call < 12; call++) expect((await client.call("tell").sync()).statusCode).toBe(204);
      }
    },
  );
}
