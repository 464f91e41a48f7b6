import { type Extension, RpcError, UNROUTABLE } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { callId, serving } from "../test/setup.js";
import {
  alive,
  handlerErrors,
  itemsOf,
  type Streaming,
  streamed,
  streaming,
  told,
} from "../test/streaming.js";
import { settle, watch } from "../test/watch.js";
import type { StreamHandler } from "./index.js";

/** A handler that takes what is uploaded, and how its reading ends. */
function reading(upTo = Number.POSITIVE_INFINITY) {
  const items: unknown[] = [];
  const ends: unknown[] = [];
  const handler: StreamHandler = async function* (_request, upload) {
    try {
      for await (const item of upload) if (items.push(item) >= upTo) break;
      ends.push("end");
    } catch (error) {
      ends.push(error);
      throw error;
    }
    yield items.length;
  };
  return { handler, items, ends };
}

describe("a handler that extensions hold until its caller is gone", () => {
  it("does not begin, and nothing is sent", async () => {
    let go: () => void = () => {};
    const slow: Extension = {
      name: "slow",
      apiVersion: 1,
      server: {
        wrap: {
          phase: "auth",
          run: async (call, next) => {
            await new Promise<void>((resolve) => {
              go = resolve;
            });
            return next(call);
          },
        },
      },
    };
    const log: unknown[] = [];
    const items = {
      next: () => log.push("next"),
      return: () => log.push("return"),
    };
    const { open, frame, turns, transport, clock } = await streaming(
      (_request, upload) => {
        log.push(watch((upload as AsyncIterableIterator<unknown>).next()));
        return items as never;
      },
      { extensions: [slow] },
    );
    await open();
    frame({ kind: "cancel" });
    go();
    await turns();
    expect(log).toEqual([]);
    expect([told(transport.frames), transport.replies, clock.timerCount]).toEqual([["alive"], [], 0]);
  });
});

describe("an upload", () => {
  it("is asked for from the begin, as far as it is kept, and then as fast as the handler reads", async () => {
    const { handler, items } = reading();
    const { open, upload, frame, turns, transport, clock } = await streaming(handler);
    await open();
    expect(told(transport.frames)).toEqual(["alive", "credit 256"]);
    upload(
      0,
      Array.from({ length: 127 }, (_, i) => i),
    );
    await turns();
    expect(told(transport.frames)).toHaveLength(2);
    upload(127, [127]);
    await turns();
    expect(told(transport.frames).slice(2)).toEqual(["credit 384"]);
    frame({ kind: "end", seq: 128 });
    await turns();
    expect(items).toEqual(Array.from({ length: 128 }, (_, i) => i));
    expect([itemsOf(transport.frames), transport.last.status]).toEqual([[128], 200]);
    expect(clock.timerCount).toBe(0);
  });

  it("that the handler leaves early is not asked for any more, and its stream goes on", async () => {
    const { handler } = reading(1);
    const { open, upload, turns, transport } = await streaming(handler);
    await open();
    upload(0, ["a", "b", "c"]);
    await turns();
    upload(
      3,
      Array.from({ length: 200 }, (_, i) => i),
    );
    await turns();
    expect(told(transport.frames)).toEqual(["alive", "credit 256", "item 0"]);
    expect(transport.last.status).toBe(200);
  });

  it("fails for a handler that reads on when its caller is gone", async () => {
    const { handler, ends } = reading();
    const setup = await streaming(handler);
    await setup.open();
    setup.upload(0, ["a"]);
    setup.frame({ kind: "cancel" });
    await setup.turns();
    expect(ends).toMatchObject([
      { code: "Cancelled", executed: "maybe", message: "S.m: the caller is gone" },
    ]);
    expect([setup.transport.replies, setup.clock.timerCount]).toEqual([[], 0]);
  });

  it.each<[string, (setup: Streaming) => void, RegExp]>([
    ["came again", ({ upload }) => upload(0, ["a"]), /item 0 came again/],
    [
      "were not asked for",
      ({ upload }) =>
        upload(
          1,
          Array.from({ length: 256 }, () => 1),
        ),
      /only 256 were asked for/,
    ],
    [
      "are not what they say",
      ({ frame }) =>
        frame({ kind: "items", seq: 1, count: 2, body: new Uint8Array(1), contentType: "application/json" }),
      /items 1 to 2 cannot be read/,
    ],
    [
      "are too large",
      ({ frame }) =>
        frame({ kind: "item", seq: 1, count: 1, body: new Uint8Array(151), contentType: undefined }),
      /item 1 came in 151 bytes; maxBodyBytes is 150/,
    ],
    [
      "end too early",
      ({ frame }) => frame({ kind: "end", seq: 0 }),
      /it ended with 0 items, and 1 have come/,
    ],
    [
      "are no frame",
      ({ transport, frame }) => {
        frame(alive);
        const { handler } = transport.inbox;
        const headers = new Map([["porthos-frame", "item"]]);
        const correlationId = callId(1);
        const [sent] = transport.frames;
        if (sent !== undefined) handler.onMessage({ ...sent.message, headers, correlationId });
      },
      /a frame of kind item without a usable header porthos-seq/,
    ],
  ])(
    "whose items %s is its caller's fault: 400, executed maybe, after what came before",
    async (_, send, detail) => {
      const { handler, items } = reading();
      const setup = await streaming(handler, { maxBodyBytes: 150 });
      await setup.open();
      setup.upload(0, ["a"]);
      send(setup);
      await setup.turns();
      const { transport, clock } = setup;
      expect(items).toEqual(["a"]);
      expect(transport.last.json).toMatchObject({ status: 400, title: "Bad request", executed: "maybe" });
      expect(transport.last.text).toMatch(detail);
      expect([handlerErrors(setup), clock.timerCount]).toEqual([[], 0]);
    },
  );

  it("of which items are lost on their way is nobody's fault: 503, executed maybe, and its handler is told", async () => {
    for (const lose of [
      ({ upload }: Streaming) => upload(2, ["c"]),
      ({ frame }: Streaming) => frame({ kind: "end", seq: 2 }),
      ({ frame }: Streaming) => frame({ kind: "alive", seq: 2, credit: undefined }),
    ]) {
      const { handler, items } = reading();
      const setup = await streaming(handler);
      const delivery = await setup.open();
      setup.upload(0, ["a"]);
      lose(setup);
      await setup.turns();
      expect(items).toEqual(["a"]);
      expect(setup.transport.last.json).toMatchObject({
        status: 503,
        title: "Stream broken",
        detail: "S.m: item 1 of the stream did not arrive",
        executed: "maybe",
      });
      expect([delivery.settled, setup.clock.timerCount]).toEqual(["accept", 0]);
    }
  });

  it("that is wrong can be answered otherwise by the handler", async () => {
    const setup = await streaming(async function* (_request, upload) {
      try {
        for await (const _ of upload) yield 1;
      } catch {
        yield "so far";
      }
    });
    await setup.open();
    setup.frame({ kind: "end", seq: 0 });
    setup.upload(5, ["x"]);
    await setup.turns();
    expect(setup.transport.last.status).toBe(200);
  });

  it("is not to blame for what a call of the handler's own fails with", async () => {
    const setup = await streaming(() => {
      throw new RpcError("BadRequest", "of another call");
    });
    await setup.open();
    expect(setup.transport.last.status).toBe(500);
  });
});

describe("a plain request that asks for signs of life", () => {
  it("gets one when it begins and then at its interval, and is not accepted for that", async () => {
    let end: (value: unknown) => void = () => {};
    const setup = streamed(
      await serving(
        () =>
          new Promise((resolve) => {
            end = resolve;
          }),
      ),
    );
    const { transport, clock, deliver } = setup;
    const delivery = deliver({
      correlationId: callId(1, 60_000),
      ttlMs: 60_000,
      headers: new Map([["porthos-alive", 1_000]]),
    });
    expect(transport.frames).toMatchObject([
      {
        address: "inbox",
        frame: { kind: "alive" },
        message: { replyTo: undefined, correlationId: callId(1, 60_000) },
      },
    ]);
    clock.advance(3_000);
    expect(told(transport.frames)).toEqual(["alive", "alive", "alive", "alive"]);
    expect([delivery.settled, transport.inboxes]).toEqual([undefined, []]);
    end("answer");
    await settle();
    expect(transport.last.json).toBe("answer");
    clock.advance(3_000);
    expect(transport.frames).toHaveLength(4);
    expect([delivery.settled, clock.timerCount]).toEqual(["accept", 0]);
  });

  it("is ended when they cannot be delivered: its caller is gone", async () => {
    const signals: AbortSignal[] = [];
    const setup = await serving(({ signal }) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const delivery = setup.deliver({
      correlationId: callId(1, 60_000),
      ttlMs: 60_000,
      headers: new Map([["porthos-alive", 1_000]]),
    });
    setup.transport.frameOutcome = UNROUTABLE;
    setup.clock.advance(1_000);
    expect([signals[0]?.aborted, delivery.settled]).toEqual([true, "accept"]);
    expect(setup.events.at(-1)).toMatchObject({ name: "outgoing", event: { response: { statusCode: 499 } } });
    expect([setup.transport.replies, setup.clock.timerCount]).toEqual([[], 0]);
  });

  it("is not listened to: it goes on however long its caller says nothing", async () => {
    const setup = await serving(() => new Promise(() => {}));
    setup.deliver({
      correlationId: callId(1, 60_000),
      ttlMs: 60_000,
      headers: new Map([["porthos-alive", 1_000]]),
    });
    setup.clock.advance(59_000);
    expect(setup.transport.replies).toEqual([]);
    setup.clock.advance(1_010);
    expect(setup.transport.last.status).toBe(504);
    expect(setup.clock.timerCount).toBe(0);
  });

  it("that wants no answer gets none of them either", async () => {
    const { deliver, transport, clock } = await serving(() => {});
    deliver({
      replyTo: undefined,
      headers: new Map([
        ["porthos-alive", 1_000],
        ["porthos-stream", 8],
      ]),
    });
    expect([transport.frames, transport.inboxes, clock.timerCount]).toEqual([[], [], 0]);
  });
});
