import { describe, expect, it } from "vitest";
import { callId, randomCaller, readCallId } from "./call-id.js";

describe("a call's id", () => {
  it("says who asks, which of his calls it is, and until when he waits", () => {
    const caller = randomCaller();
    const id = callId(caller, 1_234, 1_790_000_000_000.4);
    expect(id.length).toBeLessThanOrEqual(64);
    expect(readCallId(id)).toEqual({ caller, number: 1_234, deadlineEpochMs: 1_790_000_000_000 });
  });

  it("has 128 random bits of the caller's own", () => {
    expect(randomCaller()).toMatch(/^[0-9a-f]{32}$/);
    expect(randomCaller()).not.toBe(randomCaller());
  });

  it.each([
    undefined,
    "",
    "7",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    `${"a".repeat(32)}.1`,
    `${"a".repeat(32)}..`,
    `${"a".repeat(32)}.!.!`,
    `${"a".repeat(32)}.1.${"z".repeat(40)}`,
    `${"a".repeat(33)}.1.2`,
  ])("of somebody else says nothing: %s", (id) => {
    expect(readCallId(id)).toBeUndefined();
  });
});
