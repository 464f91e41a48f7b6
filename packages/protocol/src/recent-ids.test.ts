import { describe, expect, it } from "vitest";
import { RecentIds } from "./recent-ids.js";

describe("RecentIds", () => {
  it("knows what was added until it is deleted", () => {
    const ids = new RecentIds();
    expect(ids.isEmpty).toBe(true);
    ids.add("a");
    expect(ids.has("a")).toBe(true);
    expect(ids.isEmpty).toBe(false);
    expect(ids.delete("a")).toBe(true);
    expect(ids.delete("a")).toBe(false);
    expect(ids.has("a")).toBe(false);
  });

  it("remembers the last 10,000 at least, and 20,000 at most", () => {
    const ids = new RecentIds();
    for (let i = 0; i < 50_000; i++) ids.add(String(i));
    for (let i = 40_000; i < 50_000; i++) expect(ids.has(String(i))).toBe(true);
    const remembered = Array.from({ length: 50_000 }, (_, i) => ids.has(String(i))).filter(Boolean).length;
    expect(remembered).toBeLessThanOrEqual(20_000);
  });
});
