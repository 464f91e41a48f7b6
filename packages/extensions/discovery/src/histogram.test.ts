import { describe, expect, it } from "vitest";
import { Histogram } from "./histogram.js";

function of(...times: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const ms of times) histogram.add(ms);
  return histogram;
}

describe("Histogram", () => {
  it("knows nothing before the first duration", () => {
    const histogram = new Histogram();
    expect([histogram.count, histogram.meanMs, histogram.percentileMs(0.5)]).toEqual([
      0,
      undefined,
      undefined,
    ]);
  });

  it("has the mean exactly, and percentiles to 5%, from microseconds to hours", () => {
    for (const scale of [0.01, 1, 100, 100_000]) {
      const histogram = of(...Array.from({ length: 1_000 }, (_, index) => (index + 1) * scale));
      expect(histogram.meanMs).toBeCloseTo(500.5 * scale, 5);
      for (const share of [0.5, 0.9, 0.99]) {
        const off = (histogram.percentileMs(share) as number) / (1_000 * share * scale);
        expect(Math.abs(off - 1)).toBeLessThan(0.05);
      }
    }
  });

  it("takes any time: none, less than none, and more than it has room for", () => {
    const histogram = of(0, -1, 1e300);
    expect(histogram.count).toBe(3);
    expect(histogram.percentileMs(0.5)).toBeLessThan(0.002);
    expect(histogram.percentileMs(1)).toBeGreaterThan(1e9);
  });
});
