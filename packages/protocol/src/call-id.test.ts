import { describe, expect, it } from "vitest";
import { type CallId, CallIds, readCallId } from "./call-id.js";

describe("a call's id", () => {
  it("says who asks, which of his calls it is, and until when he waits", () => {
    const ids = new CallIds();
    for (let number = 1; number < 1_234; number++) ids.make(1);
    const id = ids.make(1_790_000_000_000.4);
    expect(id.length).toBeLessThanOrEqual(64);
    const read = readCallId(id);
    expect(read).toMatchObject({ caller: ids.caller, number: 1_234, deadlineEpochMs: 1_790_000_000_000 });
    expect(id.endsWith(`.${read?.tag.toString(36).padStart(11, "0")}`)).toBe(true);
  });

  it("has 128 random bits of the caller's own", () => {
    expect(new CallIds().caller).toMatch(/^[0-9a-f]{32}$/);
    expect(new CallIds().caller).not.toBe(new CallIds().caller);
  });

  it("has 53 more of its own: who has seen a caller's other ids cannot make it", () => {
    const ids = new CallIds();
    // More than are made at a time.
    const tags = Array.from({ length: 2_000 }, () => readCallId(ids.make(1))?.tag ?? Number.NaN);
    expect(new Set(tags).size).toBe(2_000);
    for (const tag of tags) expect(Number.isSafeInteger(tag)).toBe(true);
    // Each bit is set in about half of them: less than 850 of 2,000 do not come up by chance.
    for (let bit = 0; bit < 53; bit++) {
      const set = tags.filter((tag) => Math.floor(tag / 2 ** bit) % 2 === 1).length;
      expect(Math.abs(set - 1_000)).toBeLessThan(150);
    }
  });

  it("tells those that this caller has made by their number", () => {
    const [ids, others] = [new CallIds(), new CallIds()];
    const read = readCallId(ids.make(1)) as CallId;
    expect(ids.hasMade(read)).toBe(true);
    expect(ids.hasMade({ ...read, number: 2 })).toBe(false);
    expect(others.hasMade(read)).toBe(false);
  });

  it.each([
    undefined,
    "",
    "7",
    "0f8fad5b-d9cb-469f-a165-70867728950e",
    `${"a".repeat(32)}.1`,
    `${"a".repeat(32)}.1.2`,
    `${"a".repeat(32)}...`,
    `${"a".repeat(32)}.!.!.!`,
    `${"a".repeat(32)}.1.${"z".repeat(40)}.00000000001`,
    `${"a".repeat(32)}.1.2.3`,
    `${"a".repeat(32)}.1.2.000000000012`,
    `${"a".repeat(33)}.1.2.00000000001`,
  ])("of somebody else says nothing: %s", (id) => {
    expect(readCallId(id)).toBeUndefined();
  });
});
