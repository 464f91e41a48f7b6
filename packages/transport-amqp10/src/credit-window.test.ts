import { expect, test } from "vitest";
import { CreditWindow } from "./credit-window.js";

function opened(credit: number): CreditWindow<string, string> {
  const window = new CreditWindow<string, string>(credit);
  expect(window.grantable(1)).toBe(credit);
  return window;
}

function arrive(window: CreditWindow<string, string>, tag: number): boolean {
  window.arrived();
  return window.add(tag, `delivery ${tag}`, `item ${tag}`, 0);
}

test("credit is granted again for what was settled, never for what is unsettled", () => {
  const window = opened(2);
  expect([arrive(window, 1), arrive(window, 2)]).toEqual([true, true]);
  expect(window.grantable(1)).toBe(0);
  expect(window.settle(1)).toBe("delivery 1");
  expect(window.grantable(1)).toBe(1);
  expect(window.grantable(1)).toBe(0);
});

test("a delivery is settled once", () => {
  const window = opened(1);
  arrive(window, 1);
  expect([window.settle(1), window.settle(1)]).toEqual(["delivery 1", undefined]);
});

test("what comes beyond the credit is held back until there is room, in its order", () => {
  const window = opened(2);
  expect([1, 2, 3, 4].map((tag) => arrive(window, tag))).toEqual([true, true, false, false]);
  expect(window.nextHeld()).toBeUndefined();
  window.settle(2);
  expect(window.nextHeld()?.item).toBe("item 3");
  expect(window.nextHeld()).toBeUndefined();
  // Three are unsettled: one more than the credit, so nothing is granted for what was settled.
  expect(window.grantable(1)).toBe(0);
  window.settle(1);
  expect(window.nextHeld()?.item).toBe("item 4");
});

test("what is held back can be given back", () => {
  const window = opened(1);
  for (const tag of [1, 2, 3]) arrive(window, tag);
  expect(window.takeHeld()).toEqual([2, 3]);
  window.settle(2);
  window.settle(3);
  expect(window.unsettled).toBe(1);
});

test("where nothing is settled by us credit is granted in halves", () => {
  const window = opened(1_000);
  for (let i = 0; i < 499; i++) window.arrived();
  expect(window.grantable(500)).toBe(0);
  window.arrived();
  expect(window.grantable(500)).toBe(500);
});

test("what is held back and settled, since the broker took it back, is not handed over", () => {
  const window = opened(1);
  for (const tag of [1, 2, 3]) arrive(window, tag);
  window.settle(2);
  window.settle(1);
  expect(window.nextHeld()?.item).toBe("item 3");
  expect(window.unsettled).toBe(1);
});
