import { afterEach, describe, expect, it } from "vitest";
import { DeadlineWheel } from "../deadline-wheel.js";
import { ManualClock } from "../manual-clock.js";
import { Beats } from "./beats.js";

let beats: Beats | undefined;

function setup(intervalMs = 1_000): { clock: ManualClock; wheel: DeadlineWheel; beats: Beats; at: number[] } {
  const clock = new ManualClock();
  const wheel = new DeadlineWheel(clock);
  const at: number[] = [];
  beats = new Beats(clock, wheel, intervalMs, () => at.push(clock.now()));
  return { clock, wheel, beats, at };
}

afterEach(() => {
  beats?.stop();
});

describe("Beats", () => {
  it("beats at its interval from the start, on the wheel's own timer", () => {
    const { clock, beats, at } = setup();
    clock.advance(5_000);
    expect(at).toEqual([]);
    beats.start();
    beats.start();
    expect(clock.timerCount).toBe(1);
    clock.advance(3_500);
    expect(at).toEqual([6_000, 7_000, 8_000]);
  });

  it("skips a beat if something else has been sent since the last one", () => {
    const { clock, beats, at } = setup();
    beats.start();
    clock.advance(1_500);
    beats.sent();
    beats.sent();
    clock.advance(2_000);
    expect(at).toEqual([1_000, 3_000]);
  });

  it("does not skip a beat because of the one before it, which is a message, too", () => {
    const clock = new ManualClock();
    const at: number[] = [];
    const own = new Beats(clock, new DeadlineWheel(clock), 1_000, () => {
      at.push(clock.now());
      own.sent();
    });
    own.start();
    clock.advance(3_000);
    own.stop();
    expect(at).toEqual([1_000, 2_000, 3_000]);
    expect(clock.timerCount).toBe(0);
  });

  it("lets no two intervals pass without a message", () => {
    const { clock, beats, at } = setup();
    beats.start();
    const sent: number[] = [];
    for (let i = 0; i < 200; i++) {
      clock.advance(330);
      if (i % 7 !== 0) continue;
      beats.sent();
      sent.push(clock.now());
    }
    const all = [...sent, ...at].sort((a, b) => a - b);
    for (let i = 1; i < all.length; i++) expect((all[i] ?? 0) - (all[i - 1] ?? 0)).toBeLessThan(2_000);
    expect(at.length).toBeGreaterThan(20);
  });

  it("does not beat more often than each 250 ms, whatever a peer asks for", () => {
    const { clock, beats, at } = setup(1);
    beats.start();
    clock.advance(1_000);
    expect(at).toHaveLength(4);
  });

  it("stops for good until it is started again, leaving nothing in the wheel", () => {
    const { clock, wheel, beats, at } = setup();
    beats.start();
    beats.stop();
    beats.stop();
    expect(wheel.size).toBe(0);
    expect(clock.timerCount).toBe(0);
    clock.advance(5_000);
    expect(at).toEqual([]);
    beats.start();
    clock.advance(1_000);
    expect(at).toEqual([6_000]);
  });

  it("can be stopped by its own beat", () => {
    const clock = new ManualClock();
    const wheel = new DeadlineWheel(clock);
    let count = 0;
    const own = new Beats(clock, wheel, 1_000, () => {
      count++;
      own.stop();
    });
    own.start();
    clock.advance(5_000);
    expect(count).toBe(1);
    expect(wheel.size).toBe(0);
  });
});
