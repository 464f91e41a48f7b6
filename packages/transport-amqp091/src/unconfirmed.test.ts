import { NO_BODY, NO_HEADERS, type SendOutcome } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, test } from "vitest";
import { type Send, Unconfirmed } from "./unconfirmed.js";

const TIMEOUT_MS = 1_000;

function setUp(): {
  clock: ManualClock;
  unconfirmed: Unconfirmed;
  told: string[];
  add(address: string, bytes?: number): void;
} {
  const clock = new ManualClock();
  const told: string[] = [];
  const tell = (send: Send, outcome: SendOutcome): void => void told.push(`${send.address} ${outcome.kind}`);
  const unconfirmed = new Unconfirmed(clock, TIMEOUT_MS, tell);
  const message = {
    body: NO_BODY,
    contentType: undefined,
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
  };
  return {
    clock,
    unconfirmed,
    told,
    add: (address, bytes = 0) =>
      unconfirmed.add({
        address,
        message: { ...message, body: new Uint8Array(bytes) },
        listener: undefined,
        direct: false,
        sentAtMs: clock.now(),
        returned: false,
        told: false,
      }),
  };
}

describe("Unconfirmed", () => {
  test("a confirm takes its send out, a multiple one all up to it", () => {
    const { unconfirmed, add } = setUp();
    for (const address of ["a", "b", "c", "d"]) add(address);
    const settled: string[] = [];
    unconfirmed.confirm(2, false, (send) => settled.push(send.address));
    unconfirmed.confirm(3, true, (send) => settled.push(send.address));
    expect(settled).toEqual(["b", "a", "c"]);
    expect(unconfirmed.size).toBe(1);
  });

  test("a confirm of more than was ever sent is one of what there is, and takes no longer", () => {
    const { unconfirmed, add } = setUp();
    for (const address of ["a", "b"]) add(address);
    const settled: string[] = [];
    const startedMs = performance.now();
    unconfirmed.confirm(2 ** 28, true, (send) => settled.push(send.address));
    unconfirmed.confirm(2 ** 52, false, (send) => settled.push(send.address));
    expect(settled).toEqual(["a", "b"]);
    expect(performance.now() - startedMs).toBeLessThan(100);
  });

  test("a send that is not confirmed in time is told to be unknown, once, in its turn", () => {
    const { clock, unconfirmed, told, add } = setUp();
    add("a");
    clock.advance(600);
    add("b");
    clock.advance(399);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(["a unknown"]);
    clock.advance(600);
    expect(told).toEqual(["a unknown", "b unknown"]);
    const settled: string[] = [];
    unconfirmed.confirm(2, true, (send) => settled.push(send.address));
    expect(settled).toEqual([]);
  });

  test("what was told to be unknown still counts until the broker confirms it", () => {
    const { clock, unconfirmed, add } = setUp();
    add("a", 100);
    clock.advance(TIMEOUT_MS);
    expect([unconfirmed.size, unconfirmed.bytes]).toEqual([1, 100]);
    unconfirmed.confirm(1, false, () => {});
    expect([unconfirmed.size, unconfirmed.bytes]).toEqual([0, 0]);
  });

  test("any number of sends share one timer, and it ends when nothing is left to wait for", () => {
    const { clock, unconfirmed, told, add } = setUp();
    for (let i = 0; i < 1_000; i++) add("x");
    expect(clock.timerCount).toBe(1);
    unconfirmed.confirm(1_000, true, () => {});
    clock.advance(TIMEOUT_MS);
    expect([clock.timerCount, told]).toEqual([0, []]);
    add("y");
    expect(clock.timerCount).toBe(1);
  });

  test("a send after a quiet time gets its whole timeout", () => {
    const { clock, unconfirmed, told, add } = setUp();
    add("a");
    unconfirmed.confirm(1, false, () => {});
    clock.advance(900);
    add("b");
    clock.advance(999);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual(["b unknown"]);
  });

  test("drop hands out everything in order and leaves no timer", () => {
    const { clock, unconfirmed, add } = setUp();
    for (const address of ["a", "b"]) add(address);
    const dropped: string[] = [];
    unconfirmed.drop((send) => dropped.push(send.address));
    expect([dropped, unconfirmed.size, clock.timerCount]).toEqual([["a", "b"], 0, 0]);
    expect(unconfirmed.next).toBe(3);
  });

  test("empty() resolves at once when nothing is unconfirmed, else with the last confirm", async () => {
    const { unconfirmed, add } = setUp();
    await unconfirmed.empty();
    add("a");
    const both = Promise.all([unconfirmed.empty(), unconfirmed.empty()]);
    unconfirmed.confirm(1, false, () => {});
    await both;
  });
});
