import { ManualClock } from "@porthos-rpc/protocol/testing";
import { expect, test } from "vitest";
import { SessionWear, WORN_AT } from "./session-wear.js";

function wearOf(wornAt?: number) {
  const clock = new ManualClock();
  const replaced: string[] = [];
  const wear = new SessionWear(clock, wornAt ?? WORN_AT, ({ message }) => replaced.push(message));
  return { clock, replaced, wear };
}

test("a session is worn out long before its numbers would begin again, and replaced when nothing is under way", () => {
  const { clock, replaced, wear } = wearOf();
  wear.carried(2 ** 31 - 1);
  wear.settled(0);
  expect([wear.isWorn, replaced]).toEqual([false, []]);
  wear.carried(2 ** 31);
  wear.settled(1);
  expect([wear.isWorn, replaced]).toEqual([true, []]);
  wear.settled(0);
  wear.settled(0);
  wear.carried(2 ** 31 + 1);
  expect(replaced).toEqual(["its session has carried 2147483648 transfers, and is replaced"]);
  expect(clock.timerCount).toBe(0);
});

test("a worn session is replaced after a time, whatever is under way on it", () => {
  const { clock, replaced, wear } = wearOf(3);
  wear.carried(3);
  wear.settled(1);
  clock.advance(4_999);
  expect(replaced).toEqual([]);
  clock.advance(1);
  expect(replaced).toHaveLength(1);
});

test("a worn session that ends by itself is not replaced", () => {
  const { clock, replaced, wear } = wearOf(3);
  wear.carried(3);
  wear.stop();
  wear.settled(0);
  clock.advance(10_000);
  expect([replaced, clock.timerCount]).toEqual([[], 0]);
});
