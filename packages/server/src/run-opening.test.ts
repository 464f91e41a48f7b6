import {
  ACCEPTED,
  ambientTimeLeftMs,
  followDeadlines,
  type HeaderValue,
  RpcError,
  UNROUTABLE,
  UNSENT,
} from "@porthos-rpc/protocol";
import { describe, expect, it, vi } from "vitest";
import { callId, connectionLost, serving } from "../test/setup.js";
import { STREAM, type Streaming, streamed, streaming, told } from "../test/streaming.js";
import { settle, watch } from "../test/watch.js";

followDeadlines();

/** A stream that gives one item, and then nothing until its signal is aborted. */
function endless() {
  const signals: AbortSignal[] = [];
  const log: string[] = [];
  async function* handler({ signal }: { readonly signal: AbortSignal }): AsyncGenerator<number> {
    signals.push(signal);
    try {
      yield 1;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      log.push("aborted");
    } finally {
      log.push("ended");
    }
  }
  return { handler, signals, log };
}

const names = ({ events }: Pick<Streaming, "events">): string[] => events.map(({ name }) => name);

describe("a request for a stream", () => {
  it("is accepted once the first frame is with the broker: half a stream is not run by anybody else", async () => {
    const { handler } = endless();
    const { open, transport, frame, turns, clock, server } = await streaming(handler);
    transport.frameOutcome = undefined;
    const delivery = await open();
    const [first] = transport.frames;
    expect(first).toMatchObject({
      address: "inbox",
      frame: { kind: "alive" },
      message: { replyTo: "frames-1.1", correlationId: STREAM, ttlMs: undefined },
    });
    expect(delivery.settled).toBeUndefined();
    first?.listener?.onOutcome(ACCEPTED);
    expect(delivery.settled).toBe("accept");
    frame({ kind: "cancel" });
    await turns();
    await server.close();
    expect(clock.timerCount).toBe(0);
  });

  it("waits, where only what sends is away, for its caller would not hear where to send frames to", async () => {
    const handler = vi.fn(() => [1]);
    const { open, transport, turns } = await streaming(handler);
    transport.state = "down";
    await open();
    await turns();
    expect([transport.frames, handler.mock.calls]).toEqual([[], []]);
    transport.up();
    await turns();
    expect(transport.frames[0]).toMatchObject({
      frame: { kind: "alive" },
      message: { replyTo: "frames-1.1" },
    });
    expect(handler).toHaveBeenCalledOnce();
  });

  it("opens one inbox for all of them, and none for a plain request", async () => {
    const { open, transport, deliver } = await streaming(() => []);
    expect(transport.inboxes).toEqual([]);
    deliver({ method: "unknown" });
    await open();
    await open({ correlationId: callId(2) });
    expect(transport.inboxes).toHaveLength(1);
    expect(transport.frames.filter(({ frame }) => frame.kind === "alive")).toMatchObject([
      { message: { replyTo: "frames-1.1", correlationId: STREAM } },
      { message: { replyTo: "frames-1.1", correlationId: callId(2) } },
    ]);
  });

  it("whose caller is not there any more is not run, and settled", async () => {
    const handler = vi.fn(() => []);
    const setup = await streaming(handler);
    const { open, transport, clock } = setup;
    transport.frameOutcome = UNROUTABLE;
    const delivery = await open();
    expect(delivery.settled).toBe("accept");
    expect(handler).not.toHaveBeenCalled();
    expect(names(setup)).toContain("cancelled");
    expect([transport.replies, clock.timerCount]).toEqual([[], 0]);
  });

  it("that could not be told of its begin is not accepted before its end: another server may get it", async () => {
    const { open, transport, server } = await streaming(async function* ({ signal }) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    transport.frameOutcome = UNSENT;
    const delivery = await open();
    expect(delivery.settled).toBeUndefined();
    await server.close();
    expect(delivery.settled).toBe("release");
  });

  it.each<[string, Readonly<Record<string, HeaderValue>>]>([
    ["a text for its credit", { "porthos-stream": "many" }],
    ["less than none", { "porthos-stream": -1 }],
    ["half an item", { "porthos-stream": 0.5 }],
    ["signs of life at no interval", { "porthos-alive": 0 }],
    ["signs of life at what is none", { "porthos-alive": true }],
    ["no time", { "porthos-timeout": 0 }],
    ["a time that is none", { "porthos-timeout": "1s" }],
    [
      "a plain call's signs of life at what is none",
      { "porthos-stream": undefined as never, "porthos-alive": [] },
    ],
  ])("with a header that is wrong is answered 400 and does not run: %s", async (_, headers) => {
    const handler = vi.fn(() => []);
    const { open, transport, clock } = await streaming(handler);
    const delivery = await open({}, headers);
    const [name] = Object.keys(headers).slice(-1);
    expect(transport.last.json).toMatchObject({ status: 400, title: "Bad request", executed: "no" });
    expect(transport.last.text).toContain(name);
    expect([delivery.settled, transport.frames, clock.timerCount]).toEqual(["accept", [], 0]);
    expect(handler).not.toHaveBeenCalled();
  });

  it("is answered 503 and does not run when the service cannot open an inbox", async () => {
    const handler = vi.fn(() => []);
    const { open, transport, clock, server } = await streaming(handler);
    const degraded: unknown[] = [];
    server.on("degraded", ({ reason }) => degraded.push(reason));
    transport.holdInboxes = true;
    const delivery = await open();
    const denied = new RpcError("Config", "s3cret");
    transport.inbox.fail(denied);
    await settle();
    expect(degraded).toEqual([denied]);
    expect(transport.last.json).toEqual({
      type: "urn:porthos:unavailable",
      status: 503,
      title: "Stream broken",
      detail: "the service could not open an inbox for the stream",
      executed: "no",
    });
    expect([delivery.settled, clock.timerCount]).toEqual(["accept", 0]);
    expect(handler).not.toHaveBeenCalled();
  });

  it("for a method that does not stream is answered as it answers, without items", async () => {
    const setup = streamed(await serving(() => "answer"));
    await setup.open();
    expect(setup.transport.last.json).toBe("answer");
    expect(setup.transport.last.message.headers.get("porthos-seq")).toBeUndefined();
    expect(setup.clock.timerCount).toBe(0);
  });

  it("holds a slot as long as the stream lasts", async () => {
    const { open, frame, turns, transport } = await streaming(endless().handler, { maxInFlight: 1 });
    await open();
    await open({ correlationId: callId(2) });
    expect(told(transport.frames)).toEqual(["alive", "credit 256", "item 0"]);
    frame({ kind: "cancel" });
    await turns();
    expect(told(transport.frames).slice(3)).toEqual(["alive", "credit 256", "item 0"]);
  });
});

describe("a stream that runs", () => {
  it("is ended by its caller, whose frame finds it by its id: nobody is answered, the handler is told", async () => {
    const { handler, signals, log } = endless();
    const setup = await streaming(handler);
    const { open, frame, turns, transport, clock } = setup;
    await open();
    frame({ kind: "cancel" }, callId(99));
    expect(signals[0]?.aborted).toBe(false);
    frame({ kind: "cancel" });
    expect(signals[0]?.aborted).toBe(true);
    await turns();
    expect(log).toEqual(["aborted", "ended"]);
    expect(names(setup)).toEqual(["incoming", "cancelled", "outgoing"]);
    expect([transport.replies, clock.timerCount]).toEqual([[], 0]);
  });

  it("is ended when nobody hears its frames: its caller is gone", async () => {
    const { handler, signals } = endless();
    const setup = await streaming(handler);
    const { open, transport, clock } = setup;
    await open();
    transport.frameOutcome = UNROUTABLE;
    // In the first 5 s it has sent an item.
    clock.advance(10_000);
    expect(signals[0]?.aborted).toBe(true);
    expect(names(setup)).toContain("cancelled");
    expect([transport.replies, clock.timerCount]).toEqual([[], 0]);
  });

  it("is ended when its caller falls silent", async () => {
    const { handler, signals } = endless();
    const { open, frame, transport, clock } = await streaming(handler);
    await open({}, { "porthos-alive": 1_000 });
    clock.advance(2_000);
    frame({ kind: "alive", seq: undefined, credit: 8 });
    clock.advance(3_999);
    expect(signals[0]?.aborted).toBe(false);
    clock.advance(1);
    expect(signals[0]?.aborted).toBe(true);
    expect([transport.replies, clock.timerCount]).toEqual([[], 0]);
  });

  it.each<[string, (setup: Streaming) => void | Promise<void>, string]>([
    [
      "the inbox for frames is lost",
      ({ transport }) => transport.inbox.lose(connectionLost),
      "the service lost its connection to the broker",
    ],
    [
      "items cannot be sent",
      async ({ transport, frame, turns }) => {
        transport.frameOutcome = UNSENT;
        frame({ kind: "credit", total: 16 });
        await turns();
      },
      "the service could not send items of the stream",
    ],
    [
      "the broker's address and words are all that tells why items were not sent",
      async ({ transport, frame, turns }) => {
        const error = new RpcError("Unavailable", "the connection with the broker at 10.0.0.1:5672 was lost");
        transport.frameOutcome = { kind: "unknown", error };
        frame({ kind: "credit", total: 16 });
        await turns();
      },
      "the service could not send items of the stream",
    ],
  ])("is answered 503, executed maybe, when %s; its handler is told", async (_, happen, detail) => {
    const signals: AbortSignal[] = [];
    const setup = await streaming(async function* ({ signal }) {
      signals.push(signal);
      for (let n = 0; !signal.aborted; n++) yield n;
    });
    const { open, transport, clock, turns } = setup;
    const delivery = await open();
    expect(told(transport.frames)).toEqual(["alive", "credit 256", "items 0-7"]);
    await happen(setup);
    expect(transport.last.json).toEqual({
      type: "urn:porthos:unavailable",
      status: 503,
      title: "Stream broken",
      detail,
      executed: "maybe",
    });
    expect([signals[0]?.aborted, delivery.settled]).toEqual([true, "accept"]);
    await turns();
    expect(transport.replies).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("is not told that the inbox for frames is lost when it has ended, and its answer is on its way", async () => {
    const signals: AbortSignal[] = [];
    const { open, transport } = await streaming(({ signal }) => {
      signals.push(signal);
      return [1];
    });
    transport.holdReplies = true;
    await open();
    transport.inbox.lose(connectionLost);
    expect([signals[0]?.aborted, transport.replies.length]).toEqual([false, 1]);
    transport.last.outcome(ACCEPTED);
  });

  it("is answered 503, executed maybe, when its server closes: nobody else will get it", async () => {
    const { handler, signals, log } = endless();
    const { open, transport, server, clock, turns } = await streaming(handler);
    const delivery = await open();
    await server.close();
    expect(transport.last.json).toMatchObject({ status: 503, title: "Server closed", executed: "maybe" });
    expect([signals[0]?.aborted, delivery.settled]).toEqual([true, "accept"]);
    await turns();
    expect(log).toEqual(["aborted", "ended"]);
    expect(transport.inbox.closes).toBe(1);
    expect(clock.timerCount).toBe(0);
  });

  it("is waited for by a shutdown", async () => {
    const { open, frame, server, turns, transport } = await streaming(async function* () {
      for (let n = 0; n < 12; n++) yield n;
    });
    await open();
    const shutdown = watch(server.shutdown());
    await turns();
    expect(shutdown.state).toBe("pending");
    frame({ kind: "credit", total: 16 });
    await turns();
    expect(shutdown.state).toBe("resolved");
    expect(transport.last).toMatchObject({ status: 200 });
  });
});

describe("the time of a stream", () => {
  it("to begin is its request's time to live: 504, not executed, if it is over while it waits for a slot", async () => {
    const { open, transport, clock, turns, frame } = await streaming(endless().handler, { maxInFlight: 1 });
    await open();
    const late = await open({ correlationId: callId(2) });
    clock.advance(1_000);
    frame({ kind: "cancel" });
    await turns();
    expect(transport.last.json).toMatchObject({ status: 504, title: "Request expired", executed: "no" });
    expect([late.settled, clock.timerCount]).toEqual(["accept", 0]);
  });

  it("to begin is over if the inbox for its frames is not open by then: 504", async () => {
    const handler = vi.fn(() => []);
    const { open, transport, clock } = await streaming(handler);
    transport.holdInboxes = true;
    const delivery = await open();
    clock.advance(1_010);
    expect(transport.last).toMatchObject({ status: 504 });
    transport.inbox.open();
    await settle();
    expect([delivery.settled, transport.frames, clock.timerCount]).toEqual(["accept", [], 0]);
    expect(handler).not.toHaveBeenCalled();
  });

  it("is for ever once it has begun, if its caller says nothing else; and so it is for the calls that it makes", async () => {
    const seen: unknown[] = [];
    const { open, frame, transport, clock, turns } = await streaming(async function* (request) {
      seen.push(request.deadline, ambientTimeLeftMs() ?? Number.POSITIVE_INFINITY);
      yield* endless().handler(request);
    });
    await open();
    for (let i = 0; i < 100; i++) {
      clock.advance(5_000);
      frame({ kind: "alive", seq: undefined, credit: 8 });
    }
    expect(transport.replies).toEqual([]);
    expect(seen).toEqual([undefined, Number.POSITIVE_INFINITY]);
    frame({ kind: "cancel" });
    await turns();
    expect(clock.timerCount).toBe(0);
  });

  it("is what its caller says for all of it, from when he called: 504, executed, and its handler is told", async () => {
    const { handler, signals, log } = endless();
    const { open, transport, clock, turns } = await streaming(handler);
    // It has been in the queue for 400 ms.
    const delivery = await open({ correlationId: callId(1, 600) }, { "porthos-timeout": 3_000 });
    clock.advance(2_599);
    expect(transport.replies).toEqual([]);
    clock.advance(11);
    expect(transport.last.json).toMatchObject({ status: 504, title: "Deadline passed", executed: "yes" });
    expect([signals[0]?.aborted, delivery.settled]).toEqual([true, "accept"]);
    await turns();
    expect(log).toEqual(["aborted", "ended"]);
    expect(clock.timerCount).toBe(0);
  });

  it("is told to the handler, and holds for the calls that it makes, after each item, too", async () => {
    const seen: unknown[] = [];
    const { open, clock, turns, frame } = await streaming(async function* (request) {
      seen.push((request.deadline?.getTime() ?? 0) - Date.now());
      for (;;) yield seen.push(ambientTimeLeftMs());
    });
    vi.useFakeTimers({ toFake: ["Date"] });
    await open({}, { "porthos-stream": 1, "porthos-timeout": 3_000 });
    clock.advance(1_000);
    frame({ kind: "credit", total: 2 });
    vi.useRealTimers();
    await turns();
    expect(seen).toEqual([3_000, 3_000, 2_000]);
    frame({ kind: "cancel" });
    expect(clock.timerCount).toBe(0);
  });
});
