import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { Allowance } from "./allowance.js";

describe("Allowance", () => {
  it("gives so many units at once, then as many as time brings, and no more after a long rest", () => {
    const clock = new ManualClock();
    const allowance = new Allowance(clock, 10);
    const spendable = (): number => {
      let count = 0;
      while (allowance.spend(1)) count++;
      return count;
    };
    expect(spendable()).toBe(10);
    clock.advance(99);
    expect(spendable()).toBe(0);
    clock.advance(1);
    expect(spendable()).toBe(1);
    clock.advance(60_000);
    expect(spendable()).toBe(10);
  });

  it("keeps what is too little", () => {
    const allowance = new Allowance(new ManualClock(), 10);
    expect([allowance.spend(8), allowance.spend(3), allowance.spend(2)]).toEqual([true, false, true]);
  });
});
