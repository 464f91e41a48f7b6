import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RetryBudget } from "./budget.js";

/** How many of so many retries it lets through, all at once. */
const taken = (budget: RetryBudget, nowMs: number, tries = 1_000): number =>
  Array.from({ length: tries }, () => budget.take(nowMs)).filter(Boolean).length;

const calls = (budget: RetryBudget, count: number): void => {
  for (let call = 0; call < count; call++) budget.addCall();
};

describe("RetryBudget", () => {
  it("begins with its reserve, which comes anew within 10 s", () => {
    const budget = new RetryBudget(0, 10, 0);
    expect(taken(budget, 0)).toBe(10);
    expect(taken(budget, 999)).toBe(0);
    expect(taken(budget, 5_000)).toBe(5);
    expect(taken(budget, 1e9)).toBe(10);
  });

  it("gets its part of all calls, and saves up no more than its reserve", () => {
    const budget = new RetryBudget(0.125, 10, 0);
    taken(budget, 0);
    calls(budget, 40);
    expect(taken(budget, 0)).toBe(5);
    calls(budget, 1_000);
    expect(taken(budget, 0)).toBe(10);
  });

  it("lets calls save up one retry where there is no reserve", () => {
    const budget = new RetryBudget(0.25, 0, 0);
    expect(taken(budget, 1e9)).toBe(0);
    calls(budget, 3);
    expect(taken(budget, 1e9)).toBe(0);
    calls(budget, 1);
    expect(taken(budget, 1e9)).toBe(1);
  });

  it("never gives more than the reserve, what came of it since, and the calls' part", () => {
    const step = fc.record({
      gapMs: fc.integer({ min: 0, max: 3_000 }),
      calls: fc.integer({ min: 0, max: 30 }),
      tries: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 50 }),
        fc.array(step, { maxLength: 60 }),
        (ratio, reserve, steps) => {
          const budget = new RetryBudget(ratio, reserve, 0);
          let [nowMs, made, again] = [0, 0, 0];
          for (const { gapMs, calls: more, tries } of steps) {
            nowMs += gapMs;
            made += more;
            calls(budget, more);
            again += taken(budget, nowMs, tries);
            const most = reserve + (reserve * nowMs) / 10_000 + ratio * made;
            expect(again).toBeLessThanOrEqual(most + 1e-6);
          }
        },
      ),
    );
  });
});
