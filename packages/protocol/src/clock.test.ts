import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "./clock.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe("systemClock", () => {
  it("is not moved by a jump of the system's clock", () => {
    const before = systemClock.now();
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(systemClock.now() - before).toBe(0);
    vi.setSystemTime(0);
    expect(systemClock.now() - before).toBe(0);
  });

  it("runs a callback once after its delay", () => {
    const callback = vi.fn();
    systemClock.after(50, callback);
    vi.advanceTimersByTime(49);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it("does not run a callback that was stopped", () => {
    const callback = vi.fn();
    systemClock.after(50, callback)();
    vi.advanceTimersByTime(1_000);
    expect(callback).not.toHaveBeenCalled();
  });

  it("tells what the system's clock says, jumps and all", () => {
    vi.setSystemTime(1_800_000_000_000);
    expect(systemClock.epochMs()).toBe(1_800_000_000_000);
    vi.setSystemTime(5);
    expect(systemClock.epochMs()).toBe(5);
  });

  it("takes the host's turns even where a test has replaced the timers", async () => {
    const ran: string[] = [];
    systemClock.later(() => ran.push("first"));
    const second = new Promise<void>((resolve) => systemClock.later(resolve));
    await undefined;
    expect(ran).toEqual([]);
    await second;
    expect(ran).toEqual(["first"]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
