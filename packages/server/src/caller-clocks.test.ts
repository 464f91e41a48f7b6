import { readCallId } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { CallerClocks } from "./caller-clocks.js";

const CALLER = "0123456789abcdef0123456789abcdef";
const NOW = 1_790_000_000_000;

/** What a caller sends whose clock is ahead by so much, as it is received after its time in the queue. */
function received(clocks: CallerClocks, aheadMs: number, queuedMs: number, ttlMs = 5_000, caller = CALLER) {
  const deadline = NOW + aheadMs + ttlMs;
  return clocks.queuedMs(
    readCallId(`${caller}.1.${deadline.toString(36)}.0123456789a`),
    ttlMs,
    NOW + queuedMs,
  );
}

describe("CallerClocks", () => {
  it("tells how long a request was in the queue, from the first one on", () => {
    const clocks = new CallerClocks();
    expect(received(clocks, 0, 1_500)).toBe(1_500);
    expect(received(clocks, 0, 2_000)).toBe(2_000);
    expect(received(clocks, 0, 0)).toBe(0);
  });

  it.each([300_000, -300_000])("is not misled by a clock that is wrong by five minutes: %d ms", (aheadMs) => {
    const clocks = new CallerClocks();
    expect(received(clocks, aheadMs, 0)).toBe(0);
    expect(received(clocks, aheadMs, 700)).toBe(700);
    expect(received(clocks, aheadMs, 10)).toBe(10);
  });

  it("finds out about a clock that is a little behind, from the requests that came", () => {
    const clocks = new CallerClocks();
    for (let i = 0; i < 8; i++) expect(received(clocks, -2_000, 0)).toBe(2_000);
    expect(received(clocks, -2_000, 0)).toBe(0);
    expect(received(clocks, -2_000, 400)).toBe(400);
  });

  it("finds out about a clock that is a little ahead at once", () => {
    const clocks = new CallerClocks();
    expect(received(clocks, 2_000, 0)).toBe(0);
    expect(received(clocks, 2_000, 400)).toBe(400);
  });

  it("starts anew when a clock was set", () => {
    const clocks = new CallerClocks();
    for (let i = 0; i < 20; i++) received(clocks, 0, 0);
    expect(received(clocks, -60_000, 0)).toBe(0);
    expect(received(clocks, -60_000, 300)).toBe(300);
  });

  it("never says that a request which a broker delivered has expired", () => {
    const clocks = new CallerClocks();
    for (const queuedMs of [0, 4_999, 5_000, 60_000])
      expect(received(clocks, 0, queuedMs)).toBeLessThan(5_000);
  });

  it("knows nothing of a request whose id is not of ours", () => {
    expect(new CallerClocks().queuedMs(undefined, 1_000, NOW)).toBe(0);
  });

  it("keeps callers apart, and forgets those of long ago", () => {
    const clocks = new CallerClocks();
    received(clocks, -300_000, 0);
    for (let i = 0; i < 5_000; i++) received(clocks, 0, 0, 5_000, i.toString(16).padStart(32, "0"));
    expect(received(clocks, 0, 700)).toBe(700);
  });
});
