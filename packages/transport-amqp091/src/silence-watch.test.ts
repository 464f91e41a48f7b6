import { ManualClock } from "@porthos-rpc/protocol/testing";
import { expect, it, vi } from "vitest";
import { SilenceWatch } from "./silence-watch.js";

const HEARTBEAT_MS = 10_000;

function watched() {
  const clock = new ManualClock();
  const line = { bytesRead: 0 };
  const onSilent = vi.fn();
  const watch = new SilenceWatch(clock, HEARTBEAT_MS, () => line.bytesRead, onSilent);
  return { clock, line, onSilent, watch };
}

it("gives up a line that brings nothing for two heartbeats, within a second more", () => {
  const { clock, line, onSilent } = watched();
  clock.advance(3_100);
  line.bytesRead = 8;
  clock.advance(2 * HEARTBEAT_MS);
  expect(onSilent).not.toHaveBeenCalled();
  clock.advance(1_000);
  expect(onSilent).toHaveBeenCalledOnce();
  expect(clock.timerCount).toBe(0);
});

it("keeps a line that brings its heartbeats, however late each is", () => {
  const { clock, line, onSilent, watch } = watched();
  for (let beats = 0; beats < 10; beats++) {
    clock.advance(2 * HEARTBEAT_MS - 1);
    line.bytesRead += 8;
  }
  expect(onSilent).not.toHaveBeenCalled();
  watch.stop();
  expect(clock.timerCount).toBe(0);
});
