import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { memoryStore } from "./index.js";
import type { Claim } from "./store.js";

const ANSWER = Uint8Array.of(1, 2, 3);
const claim = (token: string): Claim => ({ token, lockMs: 1_000, fingerprint: "" });
const [one, other] = [claim("one"), claim("other")];

function storeOf(options: { readonly maxEntries?: number; readonly maxBytes?: number } = {}) {
  const clock = new ManualClock();
  const store = memoryStore({ ...options, clock });
  const keep = (key: string, answer = ANSWER): void => {
    void store.begin(key, one);
    void store.complete(key, one, answer, 10_000);
  };
  const state = (key: string) => (store.begin(key, other) as { readonly state: string }).state;
  return { clock, store, keep, state };
}

describe("memoryStore", () => {
  it("drops the answer that is the oldest where there is no room for one more", () => {
    const { store, keep, state } = storeOf({ maxEntries: 2 });
    for (const key of ["a", "b", "c"]) keep(key);
    expect(store.describe?.()).toMatchObject({ entries: 2, dropped: 1 });
    expect([state("b"), state("c"), state("a")]).toEqual(["done", "done", "fresh"]);
  });

  it("counts bytes as well as answers", () => {
    const { store, keep } = storeOf({ maxBytes: 1_024 });
    for (const key of ["a", "b", "c"]) keep(key, new Uint8Array(400));
    expect(store.describe?.()).toMatchObject({ entries: 2, bytes: 802 });
  });

  it("drops no request that runs", () => {
    const { store, keep, state } = storeOf({ maxEntries: 1 });
    void store.begin("running", one);
    for (const key of ["a", "b"]) keep(key);
    expect(state("running")).toBe("pending");
  });

  it("forgets an answer when its time is over, and has its bytes back", () => {
    const { clock, store, keep, state } = storeOf();
    keep("a");
    clock.advance(10_000);
    keep("b");
    expect(store.describe?.()).toMatchObject({ entries: 1, dropped: 0, bytes: 4 });
    expect(state("a")).toBe("fresh");
  });
});
