import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it, vi } from "vitest";
import { Turns } from "./turns.js";

function setup(): { turns: Turns; clock: ManualClock } {
  const clock = new ManualClock();
  return { turns: new Turns((callback) => clock.later(callback)), clock };
}

function task(log: string[], name: string): { runTurn(): void } {
  return { runTurn: () => void log.push(name) };
}

describe("Turns", () => {
  it("runs what was added in one turn in one later turn, in its order", () => {
    const log: string[] = [];
    const { turns, clock } = setup();
    for (const name of ["a", "b", "c"]) turns.add(task(log, name));
    expect(log).toEqual([]);
    expect(clock.laterCount).toBe(1);
    clock.advance(0);
    expect(log).toEqual(["a", "b", "c"]);
    expect(clock.laterCount).toBe(0);
  });

  it("leaves what is added during a turn to the next one", () => {
    const log: string[] = [];
    const { turns, clock } = setup();
    turns.add({ runTurn: () => turns.add(task(log, "next")) });
    clock.advance(0);
    expect(log).toEqual([]);
    clock.advance(0);
    expect(log).toEqual(["next"]);
  });

  it("runs on the host's own turns, even where a test has replaced the timers", async () => {
    vi.useFakeTimers({ toFake: ["setImmediate", "setTimeout"] });
    try {
      await new Promise<void>((resolve) => new Turns().add({ runTurn: resolve }));
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
