import { afterEach, describe, expect, it } from "vitest";
import { DeadlineWheel } from "../deadline-wheel.js";
import { ManualClock } from "../manual-clock.js";
import { Beats } from "./beats.js";
import { Silence } from "./silence.js";

interface Setup {
  readonly clock: ManualClock;
  readonly wheel: DeadlineWheel;
  readonly silence: Silence;
  readonly at: number[];
}

let made: Setup | undefined;

/** A clock that goes on while no timer does. */
class SuspendedClock extends ManualClock {
  #suspendedMs = 0;

  override now(): number {
    return super.now() + this.#suspendedMs;
  }

  suspend(ms: number): void {
    this.#suspendedMs += ms;
  }
}

function setup(intervalMs = 1_000, clock: ManualClock = new ManualClock()): Setup {
  const wheel = new DeadlineWheel(clock);
  const at: number[] = [];
  const silence = new Silence(clock, wheel, intervalMs, () => at.push(clock.now()));
  made = { clock, wheel, silence, at };
  return made;
}

afterEach(() => {
  made?.silence.stop();
  expect(made?.wheel.size).toBe(0);
  expect(made?.clock.timerCount).toBe(0);
});

describe("Silence", () => {
  it("is told once, after three intervals without a sign of life", () => {
    const { clock, wheel, silence, at } = setup();
    silence.start();
    silence.start();
    clock.advance(10_000);
    expect(at).toEqual([3_000]);
    expect(wheel.size).toBe(0);
  });

  it("begins anew with each sign of life", () => {
    const { clock, silence, at } = setup();
    silence.start();
    clock.advance(2_500);
    silence.heard();
    clock.advance(3_400);
    expect(at).toEqual([]);
    clock.advance(100);
    expect(at).toEqual([6_000]);
  });

  it("is never found within a second, however short the interval", () => {
    const { clock, silence, at } = setup(1);
    silence.start();
    clock.advance(999);
    expect(at).toEqual([]);
    clock.advance(100);
    expect(at).toHaveLength(1);
  });

  it("is not what a suspended process finds when it wakes up: the peer has two more intervals to be heard", () => {
    const clock = new SuspendedClock();
    const { silence, at } = setup(1_000, clock);
    silence.start();
    clock.suspend(60_000);
    clock.advance(1_000);
    expect(at).toEqual([]);
    clock.advance(1_000);
    expect(at).toEqual([]);
    silence.heard();
    clock.advance(2_000);
    expect(at).toEqual([]);
  });

  it.each([10, 250, 400, 1_000, 5_000])(
    "is not found in a peer that beats each %i ms as it was asked to",
    (intervalMs) => {
      const { clock, wheel, silence, at } = setup(intervalMs);
      const beats = new Beats(clock, wheel, intervalMs, () => silence.heard());
      silence.start();
      beats.start();
      for (let i = 0; i < 1_000; i++) {
        clock.advance(intervalMs / 3);
        // What a peer sends instead of a beat is heard as well.
        if (i % 10 !== 0) continue;
        beats.sent();
        silence.heard();
      }
      expect(at).toEqual([]);
      beats.stop();
      clock.advance(4 * Math.max(intervalMs, 350));
      expect(at).toHaveLength(1);
    },
  );

  it("is not told after it was stopped", () => {
    const { clock, wheel, silence, at } = setup();
    silence.start();
    silence.stop();
    expect(wheel.size).toBe(0);
    clock.advance(10_000);
    expect(at).toEqual([]);
  });
});
