import { expect, it } from "vitest";
import { DeadlineWheel } from "./deadline-wheel.js";
import { ManualClock } from "./manual-clock.js";
import { TimeBox } from "./time-box.js";

function boxed(work: Promise<string>) {
  const clock = new ManualClock();
  const wheel = new DeadlineWheel(clock);
  return { clock, wheel, box: new TimeBox(wheel, 100, work, "late") };
}

const never = new Promise<string>(() => {});

it("gives what the work comes to, and leaves no timer", async () => {
  const { box, clock } = boxed(Promise.resolve("done"));
  expect(await box.result).toBe("done");
  expect(clock.timerCount).toBe(0);
});

it("rejects with what the work rejects with, and leaves no timer", async () => {
  const { box, clock } = boxed(Promise.reject(new Error("broken")));
  await expect(box.result).rejects.toThrow("broken");
  expect(clock.timerCount).toBe(0);
});

it("ends the wait for work that takes too long, and leaves no timer", async () => {
  const { box, clock } = boxed(never);
  clock.advance(110);
  expect(await box.result).toBe("late");
  expect(clock.timerCount).toBe(0);
});

it("can be hurried and ended, but not put off", async () => {
  const { box, clock } = boxed(never);
  box.hurry(200, "later");
  box.hurry(50, "sooner");
  clock.advance(60);
  expect(await box.result).toBe("sooner");
  const other = boxed(never);
  other.box.end("now");
  expect(await other.box.result).toBe("now");
  expect(other.clock.timerCount).toBe(0);
});

it("keeps the stack of who awaits, for an error in the work", async () => {
  const work = async (): Promise<string> => {
    await undefined;
    throw new Error("broken");
  };
  const theCaller = async (): Promise<string> => await boxed(work()).box.result;
  const error = (await theCaller().catch((reason: unknown) => reason)) as Error;
  expect(error.stack).toContain("theCaller");
});
