import { describe, expect, it } from "vitest";
import { ManualClock } from "./manual-clock.js";

describe("ManualClock", () => {
  it("stands still until it is told to go on", () => {
    const clock = new ManualClock();
    clock.after(1, () => expect.unreachable());
    expect(clock.now()).toBe(0);
    expect(clock.timerCount).toBe(1);
  });

  it("runs what falls due in its order, each at its own time", () => {
    const clock = new ManualClock();
    const ran: [string, number][] = [];
    clock.after(20, () => ran.push(["late", clock.now()]));
    clock.after(10, () => ran.push(["early", clock.now()]));
    clock.advance(30);
    expect(ran).toEqual([
      ["early", 10],
      ["late", 20],
    ]);
    expect(clock.now()).toBe(30);
  });

  it("runs timers that a callback sets, if they fall due on the way", () => {
    const clock = new ManualClock();
    const ran: number[] = [];
    clock.after(10, () => {
      clock.after(10, () => ran.push(clock.now()));
      clock.after(100, () => ran.push(clock.now()));
    });
    clock.advance(50);
    expect(ran).toEqual([20]);
    expect(clock.timerCount).toBe(1);
    expect(clock.nextInMs).toBe(60);
  });

  it("forgets a timer that was stopped", () => {
    const clock = new ManualClock();
    const stop = clock.after(10, () => expect.unreachable());
    stop();
    stop();
    clock.advance(100);
    expect(clock.timerCount).toBe(0);
    expect(clock.nextInMs).toBeUndefined();
  });

  it("runs what waits for a later turn when it goes on, and what comes meanwhile with the turn after", () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    clock.later(() => {
      ran.push("first");
      clock.later(() => ran.push("of the next turn"));
    });
    clock.later(() => ran.push("second"));
    expect(ran).toEqual([]);
    clock.advance(0);
    expect(ran).toEqual(["first", "second"]);
    expect(clock.laterCount).toBe(1);
    clock.advance(0);
    expect(ran).toEqual(["first", "second", "of the next turn"]);
    expect(clock.laterCount).toBe(0);
  });

  it("takes a turn between two timers", () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    clock.after(10, () => clock.later(() => ran.push("turn")));
    clock.after(20, () => ran.push("timer"));
    clock.advance(20);
    expect(ran).toEqual(["turn", "timer"]);
  });

  it("has a wall clock that goes on with it and can be set without moving a timer", () => {
    const clock = new ManualClock();
    const before = clock.epochMs();
    clock.after(20, () => {});
    clock.advance(10);
    expect(clock.epochMs()).toBe(before + 10);
    clock.setEpochMs(5_000);
    expect(clock.epochMs()).toBe(5_000);
    expect(clock.nextInMs).toBe(10);
    clock.advance(10);
    expect(clock.epochMs()).toBe(5_010);
    expect(clock.timerCount).toBe(0);
  });
});
