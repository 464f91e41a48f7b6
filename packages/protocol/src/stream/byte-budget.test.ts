import { expect, it } from "vitest";
import { ByteBudget } from "./byte-budget.js";

it("gives no more than there is, and again what was given back", () => {
  const budget = new ByteBudget(10);
  expect([budget.take(6), budget.take(5), budget.held]).toEqual([true, false, 6]);
  expect([budget.take(4), budget.take(1)]).toEqual([true, false]);
  budget.give(6);
  expect([budget.take(6), budget.held]).toEqual([true, 10]);
});
