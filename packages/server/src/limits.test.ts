import { describe, expect, it, vi } from "vitest";
import { callId, oneWay, serving } from "../test/setup.js";
import { streaming } from "../test/streaming.js";
import { settle } from "../test/watch.js";

const never = (): Promise<never> => new Promise(() => {});

/** An id of the caller of this letter's. */
const idOf = (letter: string, number: number): string => `${letter.repeat(32)}.${number}.zzzzzzz.0123456789a`;

describe("a handler that runs too long", () => {
  it.each([
    ["its caller would wait longer", { ttlMs: 60_000 }],
    ["its caller has no deadline", {}],
  ])("is stuck: 504, its signal aborted, its slot free, when %s", async (_, init) => {
    const signals: AbortSignal[] = [];
    const { deliver, transport, events, clock } = await serving(
      (request) => {
        signals.push(request.signal);
        return never();
      },
      { maxHandlerTimeMs: 5_000, maxInFlight: 1 },
    );
    const delivery = deliver({ correlationId: "a", ...init });
    deliver({ correlationId: "b", ...init });
    clock.advance(4_900);
    expect(transport.replies).toHaveLength(0);
    clock.advance(200);
    expect(transport.last.json).toMatchObject({
      type: "urn:porthos:timeout",
      status: 504,
      title: "Handler stuck",
      executed: "yes",
    });
    expect(delivery.settled).toBe("accept");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(events.find(({ name }) => name === "stuck")).toMatchObject({
      event: { call: { method: "m" }, elapsedMs: expect.any(Number) },
    });
  });

  it("is stuck when nobody waits for an answer, too", async () => {
    const { deliver, transport, events, clock } = await serving(never, { maxHandlerTimeMs: 1_000 });
    const delivery = deliver(oneWay);
    clock.advance(1_100);
    expect(delivery.settled).toBe("accept");
    expect(transport.replies).toHaveLength(0);
    expect(events.map(({ name }) => name)).toContain("stuck");
  });

  it("ends at its caller's deadline, where that is sooner, and is not stuck", async () => {
    const { deliver, transport, events, clock } = await serving(never, { maxHandlerTimeMs: 5_000 });
    deliver({ ttlMs: 1_000 });
    clock.advance(1_100);
    expect(transport.last.json).toMatchObject({ title: "Deadline passed" });
    expect(events.map(({ name }) => name)).not.toContain("stuck");
  });

  it("may be a stream, which its two ends keep alive", async () => {
    const { open, clock, frame, events } = await streaming(
      async function* () {
        yield 1;
        await never();
      },
      { maxHandlerTimeMs: 10_000 },
    );
    await open();
    for (let ms = 0; ms < 30_000; ms += 1_000) {
      frame({ kind: "alive", seq: undefined, credit: undefined });
      clock.advance(1_000);
    }
    expect(events.map(({ name }) => name)).toEqual(["incoming"]);
  });
});

describe("maxInFlightPerCaller", () => {
  it("answers one caller's next request 429, not run, and runs those of others", async () => {
    const handler = vi.fn(never);
    const { deliver, transport, events, giveUp } = await serving(handler, { maxInFlightPerCaller: 2 });
    for (const number of [1, 2, 3]) deliver({ correlationId: idOf("a", number) });
    expect(handler).toHaveBeenCalledTimes(2);
    expect(transport.last.json).toMatchObject({
      type: "urn:porthos:overloaded",
      status: 429,
      title: "Overloaded",
      detail: "its caller has as many requests running as one caller may have (maxInFlightPerCaller)",
      executed: "no",
    });
    expect(transport.last.message.headers.get("Retry-After")).toBe(1);
    expect(events.at(-1)).toMatchObject({
      name: "refused",
      event: { method: "m", reason: "too many of one caller" },
    });
    deliver({ correlationId: idOf("b", 1) });
    expect(handler).toHaveBeenCalledTimes(3);
    giveUp(idOf("a", 1));
    deliver({ correlationId: idOf("a", 4) });
    expect(handler).toHaveBeenCalledTimes(4);
  });

  it("knows callers of other makes by their inbox, and nobody who wants no answer", async () => {
    const handler = vi.fn(never);
    const { deliver } = await serving(handler, { maxInFlightPerCaller: 1 });
    for (const correlationId of ["1", "2"]) deliver({ correlationId, replyTo: "one" });
    deliver({ correlationId: "1", replyTo: "two" });
    for (let n = 0; n < 3; n++) deliver(oneWay);
    expect(handler).toHaveBeenCalledTimes(5);
  });

  it("says maybe of a request that may have run before", async () => {
    const { deliver, transport } = await serving(never, { maxInFlightPerCaller: 1 });
    deliver({ correlationId: idOf("a", 1) });
    deliver({ correlationId: idOf("a", 2) }, true);
    expect(transport.last.json).toMatchObject({ status: 429, executed: "maybe" });
  });
});

describe("a server that has more to do than it can", () => {
  /** Requests come up when 80 % of their time is gone, for a second. */
  async function overloaded(options = {}) {
    const setup = await serving(never, { maxInFlight: 1, ...options });
    const { deliver, clock, giveUp } = setup;
    // Each of another caller, by an id that says its deadline.
    const comeUp = (number: number, part: number, redelivered = false) => {
      const caller = number.toString(16).padStart(32, "0");
      const id = callId(number, clock.now() + (1 - part) * 1_000).replace(/^[^.]+/, caller);
      return { id, delivery: deliver({ correlationId: id, ttlMs: 1_000 }, redelivered) };
    };
    for (let number = 1; number <= 12; number++) {
      const { id } = comeUp(number, 0.8);
      clock.advance(100);
      giveUp(id);
    }
    return { ...setup, comeUp };
  }

  it("sheds what has waited too long at once, with what its caller needs to know, and runs the rest", async () => {
    const { comeUp, transport, events } = await overloaded();
    const { delivery } = comeUp(20, 0.8);
    expect(transport.last.json).toMatchObject({
      type: "urn:porthos:overloaded",
      status: 429,
      executed: "no",
    });
    expect(transport.last.message.headers.get("Retry-After")).toBe(1);
    expect(delivery.settled).toBe("accept");
    expect(events.at(-1)).toMatchObject({ name: "refused", event: { reason: "overloaded", method: "m" } });
    const before = transport.replies.length;
    comeUp(21, 0.3);
    expect(transport.replies).toHaveLength(before);
  });

  it("sheds nothing that has come again, which may have run, and nothing of a peer whose ids say no deadline", async () => {
    const { comeUp, transport, deliver, giveUp } = await overloaded();
    const before = transport.replies.length;
    giveUp(comeUp(20, 0.8, true).id);
    deliver({ correlationId: "of version 1", ttlMs: 1_000 });
    expect(transport.replies).toHaveLength(before);
  });

  it("sheds nothing with `shed: false`", async () => {
    const { comeUp, transport } = await overloaded({ shed: false });
    comeUp(20, 0.8);
    expect(transport.replies.filter(({ status }) => status === 429)).toEqual([]);
  });
});

describe("maxStreamBytes", () => {
  it("ends the upload that makes it too much, with 429, and no other one", async () => {
    const failures: unknown[] = [];
    const { open, upload, transport, turns, clock } = await streaming(
      async function* (_request, items) {
        await new Promise<void>((resolve) => clock.after(60_000, resolve));
        try {
          for await (const item of items) yield item;
        } catch (error) {
          failures.push(error);
          throw error;
        }
      },
      { maxStreamBytes: 100 },
    );
    const delivery = await open();
    upload(0, ["x".repeat(50)]);
    await turns();
    expect(transport.replies).toHaveLength(0);
    upload(1, ["x".repeat(60)]);
    await turns();
    expect(transport.last.json).toMatchObject({
      type: "urn:porthos:overloaded",
      status: 429,
      executed: "maybe",
      detail: expect.stringContaining("too much waits to be read already (maxStreamBytes)"),
    });
    expect(delivery.settled).toBe("accept");
    // What it held is free again.
    const next = callId(2);
    await open({ correlationId: next });
    upload(0, ["x".repeat(90)]);
    await settle();
    expect(transport.replies).toHaveLength(1);
    clock.advance(60_000);
    await turns();
    expect(failures[0]).toMatchObject({ code: "Overloaded", executed: "maybe" });
  });
});
