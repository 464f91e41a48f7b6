import { expect, test } from "vitest";
import { ManualClock } from "../testing.js";
import { within } from "./within.js";

test("resolves with the work, however it ends, and leaves no timer", async () => {
  const clock = new ManualClock();
  await within(clock, 100, Promise.resolve());
  await within(clock, 100, Promise.reject(new Error("refused")));
  expect(clock.timerCount).toBe(0);
});

test("resolves after its time when the work does not end", async () => {
  const clock = new ManualClock();
  const done = within(clock, 100, new Promise(() => {}));
  clock.advance(100);
  await done;
  expect(clock.timerCount).toBe(0);
});
