import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { message, textOf } from "../test/messages.js";
import { Backlog } from "./backlog.js";
import { Parcel } from "./parcel.js";

function setUp(limits: { maxQueueLength?: number; maxQueueBytes?: number } = {}) {
  const clock = new ManualClock();
  const backlog = new Backlog(clock, { maxQueueLength: 100, maxQueueBytes: 1_000, ...limits });
  const parcel = (text: string, ttlMs = Number.POSITIVE_INFINITY): Parcel =>
    new Parcel(message(text), clock.now() + ttlMs);
  const take = (): string | undefined => {
    const taken = backlog.shift();
    return taken === undefined ? undefined : textOf(taken.message);
  };
  return { clock, backlog, parcel, take };
}

describe("Backlog", () => {
  it("puts back what was taken to its old place, and says that it was there before", () => {
    const { backlog, parcel, take } = setUp();
    for (const text of ["a", "b", "c", "d"]) backlog.push(parcel(text));
    const [a, b, c] = [backlog.shift(), backlog.shift(), backlog.shift()] as Parcel[];
    for (const back of [b, a, c]) backlog.putBack(back as Parcel);
    expect(a?.returns).toBe(1);
    expect([take(), take(), take(), take(), take()]).toEqual(["a", "b", "c", "d", undefined]);
  });

  it("never gives out what has expired, wherever it stands", () => {
    const { clock, backlog, parcel, take } = setUp();
    backlog.push(parcel("a", 10));
    backlog.push(parcel("b"));
    backlog.push(parcel("c", 10));
    backlog.push(parcel("d", 20));
    clock.advance(10);
    expect([take(), take(), take()]).toEqual(["b", "d", undefined]);
    expect(backlog.expired).toBe(2);
  });

  it("lets expire what was put back", () => {
    const { clock, backlog, parcel, take } = setUp();
    backlog.push(parcel("a", 10));
    backlog.push(parcel("b"));
    backlog.putBack(backlog.shift() as Parcel);
    clock.advance(10);
    expect([take(), take()]).toEqual(["b", undefined]);
  });

  it("is full at its number of messages, and has room again when one is taken", () => {
    const { backlog, parcel } = setUp({ maxQueueLength: 2 });
    expect([backlog.push(parcel("a")), backlog.push(parcel("b")), backlog.push(parcel("c"))]).toEqual([
      true,
      true,
      false,
    ]);
    backlog.shift();
    expect(backlog.push(parcel("c"))).toBe(true);
  });

  it("is full at its number of bytes, and has room again when some are taken", () => {
    const { backlog, parcel } = setUp({ maxQueueBytes: 10 });
    expect([backlog.push(parcel("12345678")), backlog.push(parcel("90")), backlog.push(parcel("1"))]).toEqual(
      [true, true, false],
    );
    backlog.shift();
    expect(backlog.push(parcel("12345678"))).toBe(true);
  });

  it("takes back what it gave out even if it has been filled up meanwhile", () => {
    const { backlog, parcel, take } = setUp({ maxQueueLength: 1 });
    backlog.push(parcel("a"));
    const taken = backlog.shift() as Parcel;
    backlog.push(parcel("b"));
    backlog.putBack(taken);
    expect([take(), take()]).toEqual(["a", "b"]);
  });

  it("makes room by dropping what has expired behind others", () => {
    const { clock, backlog, parcel, take } = setUp({ maxQueueLength: 3 });
    for (const [text, ttlMs] of [["a"], ["b", 10], ["c", 10]] as [string, number?][])
      backlog.push(parcel(text, ttlMs));
    clock.advance(10);
    expect(backlog.push(parcel("d"))).toBe(true);
    expect([take(), take(), take()]).toEqual(["a", "d", undefined]);
    expect(backlog.expired).toBe(2);
  });

  it("counts what it holds exactly after a sweep, and sets no timer for it", () => {
    const { clock, backlog, parcel } = setUp();
    backlog.push(parcel("a"));
    backlog.push(parcel("b", 10));
    clock.advance(10);
    expect(backlog.size).toBe(2);
    backlog.sweep();
    expect(backlog.size).toBe(1);
    expect(clock.timerCount).toBe(0);
  });

  it("gives up the bytes of what is not retained", () => {
    const { backlog, parcel } = setUp({ maxQueueBytes: 10 });
    backlog.push(parcel("1234567890"));
    backlog.retain(() => false);
    expect(backlog.push(parcel("1234567890"))).toBe(true);
  });
});
