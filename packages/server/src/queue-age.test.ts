import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { QueueAge } from "./queue-age.js";

const LIMIT_MS = 1_000;

/** What comes up with this part of its time gone, at this time. */
const up = (nowMs: number, part: number, isBusy = true) => ({
  nowMs,
  ageMs: part * LIMIT_MS,
  seemsMs: part * LIMIT_MS,
  limitMs: LIMIT_MS,
  isBusy,
});

/** One of a service's requests. */
interface Arrival {
  readonly atMs: number;
  readonly limitMs: number;
}

interface Result {
  readonly inTime: number;
  readonly shed: number;
  /** How much time those that were shed had left, at least. */
  readonly leastLeftMs: number;
}

/** Works requests off, in their order, one after the other in `runMs` each: what is over its time is dropped. */
function workOff(arrivals: readonly Arrival[], runMs: number, queueAge: QueueAge | undefined): Result {
  let freeMs = 0;
  let [inTime, shed, leastLeftMs] = [0, 0, Number.POSITIVE_INFINITY];
  for (const { atMs, limitMs } of arrivals) {
    const nowMs = Math.max(freeMs, atMs);
    const ageMs = nowMs - atMs;
    if (ageMs >= limitMs) continue;
    if (queueAge?.sheds({ nowMs, ageMs, seemsMs: ageMs, limitMs, isBusy: true }) === true) {
      shed++;
      leastLeftMs = Math.min(leastLeftMs, limitMs - ageMs);
    } else {
      freeMs = nowMs + runMs;
      if (freeMs - atMs <= limitMs) inTime++;
    }
  }
  return { inTime, shed, leastLeftMs };
}

/** Requests that come at an even pace. */
function steady(everyMs: number, forMs: number): Arrival[] {
  return Array.from({ length: Math.floor(forMs / everyMs) }, (_, n) => ({
    atMs: n * everyMs,
    limitMs: LIMIT_MS,
  }));
}

describe("QueueAge", () => {
  it("sheds the old once all that came up for half of their time were old", () => {
    const queueAge = new QueueAge();
    expect(queueAge.sheds(up(0, 0.5))).toBe(false);
    expect(queueAge.sheds(up(499, 0.8))).toBe(false);
    expect(queueAge.sheds(up(500, 0.8))).toBe(true);
    expect(queueAge.sheds(up(501, 0.49))).toBe(false);
    expect(queueAge.sheds(up(502, 0.5))).toBe(true);
  });

  it("does not begin when one among them was not old", () => {
    const queueAge = new QueueAge();
    for (const [nowMs, part] of [
      [0, 0.9],
      [300, 0.49],
      [400, 0.9],
      [899, 0.9],
    ] as const) {
      expect(queueAge.sheds(up(nowMs, part))).toBe(false);
    }
    expect(queueAge.sheds(up(900, 0.9))).toBe(true);
  });

  it("ends with the first that is young", () => {
    const queueAge = new QueueAge();
    queueAge.sheds(up(0, 0.9));
    expect(queueAge.sheds(up(500, 0.9))).toBe(true);
    expect(queueAge.sheds(up(501, 0.24))).toBe(false);
    expect(queueAge.sheds(up(502, 0.9))).toBe(false);
    expect(queueAge.isOverloaded).toBe(false);
  });

  it("goes by nothing of which nobody knows how old it is", () => {
    const queueAge = new QueueAge();
    const unknown = (nowMs: number) => ({ ...up(nowMs, 0), seemsMs: 0.9 * LIMIT_MS });
    queueAge.sheds(up(0, 0.9));
    expect(queueAge.sheds(unknown(300))).toBe(false);
    expect(queueAge.sheds(up(500, 0.9))).toBe(true);
    expect(queueAge.sheds(unknown(501))).toBe(false);
    expect(queueAge.sheds(up(502, 0.9))).toBe(true);
  });

  it.each([
    ["nothing came up", [up(1_001, 0.9)]],
    ["a slot was free", [up(800, 0.4, false), up(1_001, 0.9, false)]],
  ])("ends when %s for half of a request's time", (_, comingUp) => {
    const queueAge = new QueueAge();
    queueAge.sheds(up(0, 0.9));
    expect(queueAge.sheds(up(500, 0.9))).toBe(true);
    expect(comingUp.map((each) => queueAge.sheds(each)).at(-1)).toBe(false);
  });

  it("never begins where there is a free slot, whatever clocks say", () => {
    const queueAge = new QueueAge();
    for (let nowMs = 0; nowMs < 10_000; nowMs += 10)
      expect(queueAge.sheds(up(nowMs, 0.9, false))).toBe(false);
  });

  it("sheds nothing of a burst, however large it is, that its service works off", () => {
    void fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: 100 }), (count, runMs) => {
        const burst = Array.from({ length: count }, () => ({ atMs: 0, limitMs: LIMIT_MS }));
        expect(workOff(burst, runMs, new QueueAge()).shed).toBe(0);
      }),
    );
  });

  it("sheds nothing of a load that a service can carry, bursts or none", () => {
    const gap = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 60 }));
    void fc.assert(
      fc.property(fc.array(gap, { maxLength: 400 }), fc.integer({ min: 1, max: 20 }), (gaps, runMs) => {
        let atMs = 0;
        const arrivals = gaps.map((gapMs) => {
          atMs += gapMs;
          return { atMs, limitMs: LIMIT_MS };
        });
        // One that is answered late, or not run, shows that it could not be carried.
        fc.pre(workOff(arrivals, runMs, undefined).inTime === arrivals.length);
        expect(workOff(arrivals, runMs, new QueueAge()).shed).toBe(0);
      }),
    );
  });

  it("keeps most of a service's answers in time, whatever the overload, and tells the others early", () => {
    void fc.assert(
      fc.property(
        fc.double({ min: 1.2, max: 10, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        (times, runMs) => {
          const forMs = 30 * LIMIT_MS;
          const { inTime, leastLeftMs } = workOff(steady(runMs / times, forMs), runMs, new QueueAge());
          expect(inTime / (forMs / runMs)).toBeGreaterThan(0.9);
          expect(leastLeftMs).toBeLessThanOrEqual(LIMIT_MS / 2);
        },
      ),
    );
  });

  it("would else leave hardly any", () => {
    const { inTime } = workOff(steady(10, 30_000), 30, undefined);
    expect(inTime / 1_000).toBeLessThan(0.2);
  });
});
