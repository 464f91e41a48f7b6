import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { DelayLine } from "./delay-line.js";

function line(): { clock: ManualClock; delayed: DelayLine; arrived: string[]; post(name: string): void } {
  const clock = new ManualClock();
  const delayed = new DelayLine(clock, 10);
  const arrived: string[] = [];
  return {
    clock,
    delayed,
    arrived,
    post: (name) => delayed.post(() => arrived.push(`${name}@${clock.now()}`)),
  };
}

describe("DelayLine", () => {
  it("lets everything arrive after the same time, in its order, on one timer", () => {
    const { clock, arrived, post } = line();
    post("a");
    post("b");
    clock.advance(4);
    post("c");
    expect(clock.timerCount).toBe(1);
    clock.advance(100);
    expect(arrived).toEqual(["a@10", "b@10", "c@14"]);
    expect(clock.timerCount).toBe(0);
  });

  it("carries on what is posted by what arrives", () => {
    const { clock, delayed, arrived, post } = line();
    delayed.post(() => post("answer"));
    clock.advance(20);
    expect(arrived).toEqual(["answer@20"]);
  });

  it("drops what is under way, and its timer, when it is cleared", () => {
    const { clock, delayed, arrived, post } = line();
    post("a");
    delayed.clear();
    expect(clock.timerCount).toBe(0);
    post("b");
    clock.advance(10);
    expect(arrived).toEqual(["b@10"]);
  });
});
