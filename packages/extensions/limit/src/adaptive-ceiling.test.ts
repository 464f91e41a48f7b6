import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdaptiveCeiling } from "./adaptive-ceiling.js";

describe("AdaptiveCeiling", () => {
  it("falls by a fifth at a time while requests wait for too long, down to the least", () => {
    const ceiling = new AdaptiveCeiling(2, 100, 500);
    const values = Array.from({ length: 30 }, (_, n) => {
      ceiling.observe(501, 100, n * 500);
      return ceiling.value;
    });
    expect(values.slice(0, 4)).toEqual([80, 64, 51, 40]);
    expect(values.at(-1)).toBe(2);
  });

  it("falls once for all that waited at the same time", () => {
    const ceiling = new AdaptiveCeiling(1, 100, 500);
    for (let nowMs = 0; nowMs < 500; nowMs++) ceiling.observe(2_000, 100, nowMs);
    expect(ceiling.value).toBe(80);
  });

  it("rises by about one for as many young requests as run at a time, while that many do", () => {
    const ceiling = new AdaptiveCeiling(1, 100, 500);
    ceiling.observe(501, 100, 0);
    for (let n = 0; n < 81; n++) ceiling.observe(500, 80, 1);
    expect(ceiling.value).toBe(81);
    for (let n = 0; n < 10_000; n++) ceiling.observe(0, 40, 1);
    expect(ceiling.value).toBe(81);
    for (let n = 0; n < 10_000; n++) ceiling.observe(0, 80, 1);
    expect(ceiling.value).toBe(100);
  });

  it("stays within its bounds, falls only by what is old, and rises only by what is young, whatever comes", () => {
    const request = fc.record({
      ageMs: fc.integer({ min: 0, max: 2_000 }),
      running: fc.integer({ min: 0, max: 50 }),
      gapMs: fc.integer({ min: 0, max: 400 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 50 }),
        fc.array(request, { maxLength: 200 }),
        (least, more, requests) => {
          const ceiling = new AdaptiveCeiling(least, least + more, 500);
          let nowMs = 0;
          for (const { ageMs, running, gapMs } of requests) {
            nowMs += gapMs;
            const before = ceiling.value;
            ceiling.observe(ageMs, running, nowMs);
            const { value } = ceiling;
            expect(value >= least && value <= least + more).toBe(true);
            expect(ageMs > 500 ? value <= before : value >= before && value <= before + 1).toBe(true);
          }
        },
      ),
    );
  });
});
