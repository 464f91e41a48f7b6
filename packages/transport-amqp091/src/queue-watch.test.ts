import { ManualClock } from "@porthos-rpc/protocol/testing";
import { expect, test, vi } from "vitest";
import type { ReceiveLane } from "./lane.js";
import { QueueWatch } from "./queue-watch.js";

function laneWith(probe: ReceiveLane["probe"]): ReceiveLane {
  return { queue: "orders", probe, settle: () => {}, cancel: async () => {}, close: async () => {} };
}

test("a queue is looked for every five seconds, one look at a time", async () => {
  const clock = new ManualClock();
  let answer = (): void => {};
  const probe = vi.fn(() => new Promise<void>((resolve) => (answer = resolve)));
  new QueueWatch(clock).start(laneWith(probe));
  clock.advance(4_999);
  expect(probe).not.toHaveBeenCalled();
  clock.advance(60_000);
  expect(probe).toHaveBeenCalledOnce();
  answer();
  await vi.waitFor(() => expect(clock.timerCount).toBe(1));
  clock.advance(5_000);
  expect(probe).toHaveBeenCalledTimes(2);
});

test("a watch that is stopped looks no more, and leaves no timer", async () => {
  const clock = new ManualClock();
  const watch = new QueueWatch(clock);
  const probe = vi.fn(async () => watch.stop());
  watch.start(laneWith(probe));
  clock.advance(5_000);
  await Promise.resolve();
  clock.advance(60_000);
  expect(probe).toHaveBeenCalledOnce();
  watch.start(laneWith(probe));
  watch.stop();
  expect(clock.timerCount).toBe(0);
});

test("where the broker tells by itself nothing is looked for", () => {
  const clock = new ManualClock();
  new QueueWatch(clock).start(laneWith(undefined));
  expect(clock.timerCount).toBe(0);
});
