import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LateReturns } from "./late-returns.js";

describe("LateReturns", () => {
  let told: string[];
  let returns: LateReturns;
  beforeEach(() => {
    vi.useFakeTimers();
    told = [];
    returns = new LateReturns({
      onConfirm: (number, multiple, accepted) =>
        told.push(`${accepted ? "ack" : "nack"} ${number} ${multiple}`),
      onReturn: (messageId) => told.push(`return ${messageId}`),
      onLost: () => {},
    });
  });
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  test("a return that comes behind its negative confirm is told before it", () => {
    returns.onNack(1, false);
    returns.onReturn("1");
    expect(told).toEqual(["return 1", "nack 1 false"]);
  });

  test("a negative confirm without a return is told with the next confirm", () => {
    returns.onNack(1, false);
    returns.onNack(2, true);
    returns.onAck(3, false);
    expect(told).toEqual(["nack 1 false", "nack 2 true", "ack 3 false"]);
  });

  test("… or after 50 ms", () => {
    returns.onNack(1, false);
    vi.advanceTimersByTime(49);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(["nack 1 false"]);
  });

  test("… or when the channel ends", () => {
    returns.onNack(1, false);
    returns.flush();
    returns.flush();
    expect(told).toEqual(["nack 1 false"]);
  });
});
