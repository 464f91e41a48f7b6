import { Codecs } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it, vi } from "vitest";
import { scripted } from "../test/setup.js";
import { handlerErrors, itemsOf, streaming, told } from "../test/streaming.js";
import type { StreamHandler } from "./index.js";
import { streamRunnerOf } from "./stream-handler.js";

describe("registerStream", () => {
  it.each([undefined, null, "handler", {}])("refuses %j for a handler", (notOne: unknown) => {
    expect(() =>
      streamRunnerOf("registerStream", notOne as never, new ManualClock(), new Codecs(), () => {}),
    ).toThrow(/^registerStream: option "handler" must be a function/);
  });

  it("refuses a method that is registered already, and lists those that are", () => {
    const { server } = scripted();
    server.registerStream("m", () => []);
    expect(() => server.registerStream("m", () => [])).toThrow(TypeError);
    expect(() => server.register("m", () => {})).toThrow(TypeError);
    expect([...server.methods.keys()]).toEqual(["m"]);
  });

  it("makes a method that cannot be called as a plain one: 400, and it does not run", async () => {
    const handler = vi.fn(() => []);
    const { deliver, transport } = await streaming(handler);
    deliver();
    deliver({ replyTo: undefined });
    // Signs of life alone make no stream.
    deliver({ headers: new Map([["porthos-alive", 1_000]]) });
    for (const reply of transport.replies) {
      expect(reply.json).toEqual({
        status: 400,
        title: "Bad request",
        detail: "method m is a stream, and was called as a plain method",
        executed: "no",
      });
    }
    expect(transport.replies).toHaveLength(2);
    expect(handler).not.toHaveBeenCalled();
  });

  it("gives the handler the request that opened the stream", async () => {
    const seen: unknown[] = [];
    const { open, events } = await streaming((request) => {
      seen.push(request.methodName, request.json(), request.headers.get("porthos-stream"), request.deadline);
      return [];
    });
    await open({ json: { to: 3 } });
    expect(seen).toEqual(["m", { to: 3 }, 8, undefined]);
    expect(events[0]).toMatchObject({ name: "incoming", event: { call: { kind: "stream", method: "m" } } });
  });

  it("answers 400 for a request that is not of the form that the handler asks for", async () => {
    const { open, transport } = await streaming((request) => request.args());
    await open({ json: { to: 3 } });
    expect(transport.last.json).toMatchObject({ status: 400, executed: "no" });
  });
});

describe("the items of a handler", () => {
  it("travel as far as the caller takes them, and no further ones are asked for", async () => {
    let asked = 0;
    const { open, frame, turns, transport, clock } = await streaming(function* () {
      for (;;) yield asked++;
    });
    await open({}, { "porthos-stream": 2 });
    expect([itemsOf(transport.frames), asked]).toEqual([[0, 1], 2]);
    frame({ kind: "credit", total: 3 });
    await turns();
    expect(itemsOf(transport.frames)).toEqual([0, 1, 2]);
    frame({ kind: "alive", seq: undefined, credit: 5 });
    await turns();
    expect([itemsOf(transport.frames), asked]).toEqual([[0, 1, 2, 3, 4], 5]);
    frame({ kind: "cancel" });
    expect(clock.timerCount).toBe(0);
  });

  it("that a caller takes none of are not asked for", async () => {
    let asked = 0;
    const { open, frame, transport } = await streaming(function* () {
      yield asked++;
    });
    await open({}, { "porthos-stream": 0 });
    expect([told(transport.frames), asked]).toEqual([["alive", "credit 256"], 0]);
    frame({ kind: "cancel" });
  });

  it("end with the reply, which has their number and no body", async () => {
    const { open, transport, clock } = await streaming(() => [{ a: 1 }, "b", Uint8Array.of(7), null]);
    await open();
    expect(itemsOf(transport.frames)).toEqual([{ a: 1 }, "b", ["application/octet-stream", 7], null]);
    const { message, status } = transport.last;
    expect([status, message.body.length, message.contentType]).toEqual([200, 0, undefined]);
    expect(message.headers.get("porthos-seq")).toBe(4);
    expect(clock.timerCount).toBe(0);
  });

  it.each<[string, StreamHandler]>([
    [
      "throws in the middle",
      function* () {
        yield 1;
        throw new Error("s3cret");
      },
    ],
    [
      "throws at once",
      () => {
        throw new Error("s3cret");
      },
    ],
    ["gives what JSON cannot say", () => [1, 1n]],
    ["gives more than a message may have", () => [1, "x".repeat(200)]],
    ["gives nothing that can be iterated", () => 7 as never],
    ["gives a promise", () => Promise.resolve([1]) as never],
  ])(
    "are followed by a 500 without the reason where it %s; that is told to handlerError",
    async (_, handler) => {
      const setup = await streaming(handler, { maxBodyBytes: 150 });
      const { open, transport, clock } = setup;
      const delivery = await open();
      expect(transport.last.json).toEqual({ status: 500, title: "Internal error", executed: "yes" });
      expect(handlerErrors(setup)).toHaveLength(1);
      expect([delivery.settled, clock.timerCount]).toEqual(["accept", 0]);
    },
  );

  it("that fail when nobody waits for them any more are told to handlerError", async () => {
    const thrown = new Error("in finally");
    const setup = await streaming(async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: what a handler may do
        throw thrown;
      }
    });
    const { open, frame, turns, transport } = setup;
    await open({}, { "porthos-stream": 1 });
    frame({ kind: "cancel" });
    await turns();
    expect(handlerErrors(setup)).toEqual([thrown]);
    expect(transport.replies).toEqual([]);
  });

  it("are a sign of life themselves: there is another one only where none has been sent", async () => {
    const { open, frame, transport, clock } = await streaming(async function* () {
      yield 1;
      await new Promise(() => {});
    });
    await open();
    clock.advance(5_000);
    expect(told(transport.frames)).toEqual(["alive", "credit 256", "item 0"]);
    clock.advance(5_000);
    expect(transport.frames.at(-1)?.frame).toEqual({ kind: "alive", seq: 1, credit: 256 });
    frame({ kind: "cancel" });
    expect(clock.timerCount).toBe(0);
  });

  it("are ended when the caller gives up: its finally runs", async () => {
    const log: string[] = [];
    const { open, frame, turns } = await streaming(function* () {
      try {
        for (;;) yield 1;
      } finally {
        log.push("finally");
      }
    });
    await open();
    frame({ kind: "cancel" });
    await turns();
    expect(log).toEqual(["finally"]);
  });
});
