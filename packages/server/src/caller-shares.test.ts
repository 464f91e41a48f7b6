import { expect, it } from "vitest";
import { CallerShares } from "./caller-shares.js";

it("gives each caller so many slots, and keeps nothing of one who has none", () => {
  const shares = new CallerShares(2);
  expect(["a", "a", "a", "b"].map((caller) => shares.take(caller))).toEqual([true, true, false, true]);
  shares.give("a");
  expect(shares.take("a")).toBe(true);
  for (const caller of ["a", "a", "b"]) shares.give(caller);
  expect(shares.size).toBe(0);
});
