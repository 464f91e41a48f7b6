import { readCallId } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CallerClocks } from "./caller-clocks.js";

const CALLER = "0123456789abcdef0123456789abcdef";
const TTL_MS = 5_000;
/** In which any step is forgotten, by a caller with many requests. */
const TWO_WINDOWS_MS = 61_000;

/** A server and what it is sent. */
class World {
  readonly clock = new ManualClock();
  readonly #trueStartMs = this.clock.epochMs();
  isBusy = false;
  aheadMs = 0;
  #number = 0;
  readonly #clocks = new CallerClocks({ clock: this.clock, isBusy: () => this.isBusy });

  /** Received now, after its time in the queue, of a caller whose clock is ahead by so much. */
  received(queuedMs: number, { ttlMs = TTL_MS, caller = CALLER, number = ++this.#number } = {}): number {
    const sentMs = this.#trueStartMs + this.clock.now() - queuedMs + this.aheadMs;
    const id = `${caller}.${number.toString(36)}.${(sentMs + ttlMs).toString(36)}.0000000000a`;
    return this.#clocks.queuedMs(readCallId(id), ttlMs, this.clock.now());
  }

  /** One at each interval. @returns all that was said of their time in the queue */
  steady(everyMs: number, forMs: number, queuedMs = 0): Set<number> {
    const said = new Set<number>();
    for (let ms = 0; ms < forMs; ms += everyMs) {
      this.clock.advance(everyMs);
      said.add(this.received(queuedMs));
    }
    return said;
  }

  setServersClock(byMs: number): void {
    this.clock.setEpochMs(this.clock.epochMs() + byMs);
  }
}

const aheadBy = (aheadMs: number): World => Object.assign(new World(), { aheadMs });

describe("CallerClocks", () => {
  it("tells how long a request was in the queue, from the first one on", () => {
    const world = new World();
    expect(world.received(1_500)).toBe(1_500);
    expect(world.received(2_000)).toBe(2_000);
    expect(world.received(0)).toBe(0);
  });

  it.each([300_000, -300_000])("is not misled by a clock that is wrong by five minutes: %d ms", (aheadMs) => {
    const world = aheadBy(aheadMs);
    expect(world.received(0)).toBe(0);
    world.clock.advance(700);
    expect(world.received(700)).toBe(700);
    expect(world.received(10)).toBe(10);
  });

  it("finds out about a clock that is a little behind, from the requests that came", () => {
    const world = aheadBy(-2_000);
    for (let i = 0; i < 8; i++) expect(world.received(0)).toBe(2_000);
    expect(world.received(0)).toBe(0);
    expect(world.received(400)).toBe(400);
  });

  it("finds out about a clock that is a little ahead at once", () => {
    const world = aheadBy(2_000);
    expect(world.received(0)).toBe(0);
    expect(world.received(400)).toBe(400);
  });

  it("starts anew when a clock was set by more than a call's time", () => {
    const world = new World();
    world.steady(1, 20);
    world.aheadMs = -60_000;
    expect(world.received(0)).toBe(0);
    expect(world.received(300)).toBe(300);
  });

  it.each([1_000, 3_000, 4_000, -1_000, -3_000, -4_000])(
    "notices at once that the server's own clock was set, by %d ms",
    (byMs) => {
      const world = new World();
      world.steady(1, 20);
      world.setServersClock(byMs);
      expect(world.received(0)).toBe(0);
      expect(world.received(300)).toBe(300);
      expect(world.steady(10, 1_000)).toEqual(new Set([0]));
    },
  );

  it("goes by the server's clock as it is now with a caller who is new", () => {
    const world = aheadBy(3_000);
    world.setServersClock(3_000);
    expect(world.received(700)).toBe(700);
  });

  it.each([1_000, 3_000, 4_000])(
    "notices by its calls' numbers that a caller's clock was set back: %d ms",
    (byMs) => {
      const world = new World();
      world.steady(10, 1_000);
      world.aheadMs = -byMs;
      expect(world.steady(10, 1_000)).toEqual(new Set([0]));
      expect(world.received(300)).toBe(300);
    },
  );

  it("takes no request that was merely overtaken for one of a clock that was set back", () => {
    const world = new World();
    world.steady(10, 1_000);
    world.received(0, { number: 500 });
    expect(world.received(3_000, { number: 400 })).toBe(3_000);
    expect(world.received(400, { number: 501 })).toBe(400);
  });

  it.each([1_000, 3_000, 4_000])(
    "forgets within two windows what a caller's clock was before: %d ms",
    (byMs) => {
      const world = new World();
      world.steady(5_000, 60_000);
      world.aheadMs = -byMs;
      world.steady(5_000, TWO_WINDOWS_MS + 5_000);
      expect(world.steady(5_000, 60_000)).toEqual(new Set([0]));
    },
  );

  it("misjudges one request of a caller with one a minute, and still tells what the next ones waited", () => {
    const world = new World();
    world.steady(60_000, 600_000);
    world.aheadMs = -3_000;
    expect(world.steady(60_000, 60_000)).toEqual(new Set([3_000]));
    expect(world.steady(60_000, 600_000)).toEqual(new Set([0]));
    expect(world.steady(60_000, 60_000, 2_000)).toEqual(new Set([2_000]));
  });

  it("forgets a forged request from the future with the caller's next, or within two windows", () => {
    const world = new World();
    world.steady(10, 1_000);
    world.aheadMs = 4_900;
    world.received(0);
    world.aheadMs = 0;
    expect(world.steady(10, 1_000)).toEqual(new Set([0]));

    world.aheadMs = 4_900;
    world.received(0, { number: 1e15 });
    world.aheadMs = 0;
    expect(world.steady(10, 10)).toEqual(new Set([4_900]));
    world.steady(100, TWO_WINDOWS_MS);
    expect(world.steady(10, 1_000)).toEqual(new Set([0]));
  });

  it("knows how old requests are through a backlog of minutes, as long as the server is busy", () => {
    const world = new World();
    world.steady(10, 1_000);
    world.isBusy = true;
    world.clock.advance(2_500);
    expect(world.steady(10, 300_000, 2_500)).toEqual(new Set([2_500]));
  });

  it("takes requests that all waited for ones that did not, rather than the other way round", () => {
    const world = new World();
    world.steady(10, 1_000);
    world.steady(100, TWO_WINDOWS_MS, 2_500);
    expect(world.received(2_500)).toBe(0);
  });

  it("never says that a request which a broker delivered has expired", () => {
    const world = new World();
    for (const queuedMs of [0, 4_999, 5_000, 60_000]) expect(world.received(queuedMs)).toBeLessThan(TTL_MS);
  });

  it("never takes a request for older than it is, once clocks have not been set for two windows", () => {
    const step = fc.integer({ min: -4_000, max: 4_000 });
    const request = fc.record({
      afterMs: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 70_000 })),
      queuedMs: fc.integer({ min: 0, max: TTL_MS - 1 }),
      callerMs: fc.option(step, { freq: 10 }),
      serverMs: fc.option(step, { freq: 10 }),
      isForged: fc.boolean(),
      isOvertaken: fc.boolean(),
    });
    void fc.assert(
      fc.property(fc.array(request, { maxLength: 200 }), (requests) => {
        const world = new World();
        world.steady(1, 10);
        // A window ends with the first request that comes after it.
        let windows = 2;
        let windowMs = world.clock.now();
        for (const { afterMs, queuedMs, callerMs, serverMs, isForged, isOvertaken } of requests) {
          world.clock.advance(afterMs);
          if (serverMs !== null) world.setServersClock(serverMs);
          if (callerMs !== null) {
            world.aheadMs += callerMs;
            windows = 0;
            windowMs = world.clock.now();
            if (isForged) world.received(-2_000, { number: 1e15 });
          } else if (world.clock.now() - windowMs >= 30_000) {
            windows++;
            windowMs = world.clock.now();
          }
          const saidMs = world.received(queuedMs, isOvertaken ? { number: 1 } : {});
          if (windows >= 2) expect(saidMs).toBeLessThanOrEqual(queuedMs);
          expect(saidMs).toBeGreaterThanOrEqual(0);
          expect(saidMs).toBeLessThan(TTL_MS);
        }
      }),
    );
  });

  it("knows nothing of a request whose id is not of ours", () => {
    const clock = new ManualClock();
    expect(new CallerClocks({ clock, isBusy: () => false }).queuedMs(undefined, 1_000, 0)).toBe(0);
  });

  it("keeps callers apart, and forgets those of long ago", () => {
    const world = aheadBy(-300_000);
    world.received(0);
    world.aheadMs = 0;
    for (let i = 0; i < 5_000; i++) world.received(0, { caller: i.toString(16).padStart(32, "0") });
    expect(world.received(700)).toBe(700);
  });
});
