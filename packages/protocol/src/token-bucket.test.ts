import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "./token-bucket.js";

const rate = fc.double({ min: 0.01, max: 10_000, noNaN: true });
const capacity = fc.integer({ min: 1, max: 50 });
const gapsMs = fc.array(fc.double({ min: 0, max: 5_000, noNaN: true }), { maxLength: 100 });

describe("TokenBucket", () => {
  it("gives all that it holds at once, and then as they come", () => {
    const bucket = new TokenBucket(2, 3, 0);
    expect([0, 0, 0, 0].map((nowMs) => bucket.take(nowMs))).toEqual([0, 0, 0, 500]);
    expect(bucket.take(499)).toBeCloseTo(1);
    expect(bucket.take(500)).toBe(0);
    expect(bucket.take(500)).toBe(500);
  });

  it("holds no more than its capacity, however long nobody asks, and whatever is put in", () => {
    const bucket = new TokenBucket(1, 2, 0);
    bucket.add(10);
    expect([0, 0, 0].map((nowMs) => bucket.take(nowMs))).toEqual([0, 0, 1_000]);
    expect([9e9, 9e9, 9e9].map((nowMs) => bucket.take(nowMs))).toEqual([0, 0, 1_000]);
  });

  it("gives several at once or none of them, and never more than it can hold", () => {
    const bucket = new TokenBucket(10, 10, 0);
    expect([8, 3, 2, 0].map((tokens) => bucket.take(0, tokens))).toEqual([0, 100, 0, 0]);
    expect(bucket.take(900, 10)).toBeCloseTo(100);
    expect(bucket.take(1_000, 10)).toBe(0);
    expect(bucket.take(9e9, 11)).toBe(Number.POSITIVE_INFINITY);
    expect(bucket.take(9e9, 10)).toBe(0);
  });

  it("gives only what is put in if none come by themselves", () => {
    const bucket = new TokenBucket(0, 1, 0);
    expect([bucket.take(0), bucket.take(9e9)]).toEqual([0, Number.POSITIVE_INFINITY]);
    bucket.add(0.5);
    expect(bucket.take(9e9)).toBe(Number.POSITIVE_INFINITY);
    bucket.add(0.5);
    expect(bucket.take(9e9)).toBe(0);
  });

  it("never gives more than it held and got, in any stretch of time", () => {
    fc.assert(
      fc.property(rate, capacity, gapsMs, (perSecond, size, gaps) => {
        const bucket = new TokenBucket(perSecond, size, 0);
        const takenAt: number[] = [];
        let nowMs = 0;
        for (const gapMs of gaps) {
          nowMs += gapMs;
          if (bucket.take(nowMs) === 0) takenAt.push(nowMs);
        }
        const tooMany = takenAt.some((fromMs, from) =>
          takenAt.some((toMs, to) => {
            const mostTokens = size + ((toMs - fromMs) * perSecond) / 1_000 + 1e-6;
            return to >= from && to - from + 1 > mostTokens;
          }),
        );
        expect(tooMany).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  it("has a token when it said that it would, and none before", () => {
    fc.assert(
      fc.property(rate, capacity, (perSecond, size) => {
        const bucket = new TokenBucket(perSecond, size, 0);
        for (let taken = 0; taken < size; taken++) expect(bucket.take(0)).toBe(0);
        const waitMs = bucket.take(0);
        expect(bucket.take(waitMs * 0.99)).toBeGreaterThan(0);
        // A whole millisecond, as timers have: fractions of tokens do not add up to the last bit.
        expect(bucket.take(waitMs + 1)).toBe(0);
      }),
    );
  });

  it("takes time that goes back for none", () => {
    const bucket = new TokenBucket(1_000, 1, 1_000);
    expect([bucket.take(1_000), bucket.take(0), bucket.take(1_000)]).toEqual([0, 1, 1]);
  });
});
