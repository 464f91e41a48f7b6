import { systemClock } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { LoopLag } from "./loop-lag.js";

const turn = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

describe("LoopLag", () => {
  it("is what most ticks are late by", async () => {
    const lag = new LoopLag(systemClock);
    lag.start();
    for (let times = 0; times < 8; times++) {
      block(150);
      await turn(1);
    }
    expect(lag.ms).toBeGreaterThan(75);
    lag.stop();
  });

  it("is nothing before anything was measured", () => {
    expect(new LoopLag(systemClock).ms).toBe(0);
  });
});
