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
});
