import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { Latch } from "../latch.js";
import { fault } from "./fault.js";
import { ShiftedClock } from "./watch/shifted-clock.js";

const AN_HOUR_MS = 3_600_000;

fault(
  54,
  "no call that is under way ends early or late when the clock of both ends is set",
  async (stage) => {
    const clock = new ShiftedClock(stage.clock);
    const latch = new Latch();
    await stage.server({ hold: latch.pass, ready: () => {} }, { clock });
    const client = await stage.client({ clock });
    await client.call("ready").sync();
    const held = client.call("hold").sync();
    const startedMs = performance.now();
    const late = client.call("hold").withTimeout(1_000).sync();
    const ended = expect(late).rejects.toMatchObject({ code: "Timeout" });
    for (const shiftMs of [AN_HOUR_MS, -AN_HOUR_MS, 0]) {
      await delay(200);
      clock.shiftMs = shiftMs;
      await client.call("ready").sync();
    }
    await ended;
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(999);
    latch.open();
    expect((await held).statusCode).toBe(204);
  },
);

fault(54, "no request is taken for an expired one when the clock of one end is set", async (stage) => {
  const [ofServer, ofClient] = [new ShiftedClock(stage.clock), new ShiftedClock(stage.clock)];
  let runs = 0;
  const count = (): void => {
    runs++;
  };
  await stage.server({ count }, { clock: ofServer });
  const client = await stage.client({ clock: ofClient, timeoutMs: 5_000 });
  // More than a server believes a caller's clock for.
  for (let call = 0; call < 12; call++) await client.call("count").sync();
  for (const [clock, shiftMs] of [
    [ofServer, AN_HOUR_MS],
    [ofServer, -AN_HOUR_MS],
    [ofClient, AN_HOUR_MS],
    [ofClient, -AN_HOUR_MS],
  ] as const) {
    clock.shiftMs = shiftMs;
    for (let call = 0; call < 3; call++) expect((await client.call("count").sync()).statusCode).toBe(204);
  }
  expect(runs).toBe(24);
});

for (const [who, shiftMs] of [
  ["server", 3_000],
  ["server", -3_000],
  ["client", 3_000],
  ["client", -3_000],
] as const) {
  fault(
    54,
    `a call that is answered at once is not told 504 after the ${who}'s clock was set by ${shiftMs} ms, and later ones keep their time`,
    async (stage) => {
      const clocks = { server: new ShiftedClock(stage.clock), client: new ShiftedClock(stage.clock) };
      const leftMs: number[] = [];
      const tell = ({ deadline }: { readonly deadline: Date | undefined }): void => {
        leftMs.push((deadline?.getTime() ?? Number.NaN) - Date.now());
      };
      await stage.server({ tell }, { clock: clocks.server });
      const client = await stage.client({ clock: clocks.client, timeoutMs: 5_000 });
      // More than a server believes a caller's clock for.
      for (let call = 0; call < 12; call++) await client.call("tell").sync();
      for (const ms of [shiftMs, 0]) {
        clocks[who].shiftMs = ms;
        for (let call = 0; call < 12; call++) expect((await client.call("tell").sync()).statusCode).toBe(204);
      }
      for (const ms of leftMs) expect(ms).toBeGreaterThan(2_500);
    },
  );
}
