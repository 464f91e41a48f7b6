import {
  ByteBudget,
  type Extension,
  jsonCodec,
  type MaybePromise,
  type Message,
  Refusal,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { describe, expect, it, vi } from "vitest";
import { scripted } from "../test/setup.js";
import { alive, itemsOf, STREAM, type Streaming, streamed, streaming, told } from "../test/streaming.js";
import { settle } from "../test/watch.js";
import type { ServerOptions, StreamHandler } from "./index.js";

type Change = (message: Message) => MaybePromise<Message>;

/** A server whose messages an extension changes, and that streams by method `m`. */
function wired(
  handler: StreamHandler,
  wire: { readonly incoming?: Change; readonly outgoing?: Change },
  options: Partial<ServerOptions> = {},
): Promise<Streaming> {
  const extension: Extension = { name: "zip", apiVersion: 1, server: { wire } };
  return streaming(handler, { extensions: [extension], ...options });
}

const kindOf = ({ headers }: Message): unknown => headers.get("porthos-frame");

/** Nothing comes of those messages before the test says so. */
function holding() {
  const held: (() => void)[] = [];
  const hold: Change = (message) => new Promise((resolve) => held.push(() => resolve(message)));
  return { held, hold };
}

const never: Change = () => new Promise(() => {});
const broken = new Error("broken");
const refused: Change = () => Promise.reject(new Refusal(403, "a wrong signature"));

function thrown({ events }: Streaming): unknown[] {
  return events.flatMap(({ name, event }) =>
    name === "extensionError" ? [(event as ServerEvents["extensionError"]).error] : [],
  );
}

/** Gives what it is told to, a frame each, and counts what it reads. */
function scriptedHandler(items: readonly number[], error?: Error) {
  const signals: AbortSignal[] = [];
  const read: unknown[] = [];
  const handler: StreamHandler = async function* (request, upload) {
    signals.push(request.signal);
    for (const item of items) yield Uint8Array.of(item);
    if (error !== undefined) throw error;
    for await (const item of upload) read.push(item);
  };
  return { handler, signals, read };
}

describe("what goes out of a stream whose server has an extension that changes messages", () => {
  it("is changed frame by frame, in order, and the answer after the last item", async () => {
    const { held, hold } = holding();
    const seen: unknown[] = [];
    const setup = await wired(() => [Uint8Array.of(1), Uint8Array.of(2)], {
      outgoing: (message) => {
        seen.push(kindOf(message));
        return kindOf(message) === "item" ? hold(message) : message;
      },
    });
    const { open, transport, turns } = setup;
    await open();
    expect([seen.at(-1), told(transport.frames).includes("item 0")]).toEqual(["item", false]);
    held[0]?.();
    await turns();
    held[1]?.();
    await turns();
    expect(told(transport.frames).slice(-2)).toEqual(["item 0", "item 1"]);
    expect(seen.slice(-3)).toEqual(["item", "item", undefined]);
    expect(transport.last).toMatchObject({ status: 200 });
    expect(transport.last.message.headers.get("porthos-seq")).toBe(2);
  });

  it("is a frame of that stream, from there, whatever the extension makes of its headers and its address", async () => {
    const setup = await wired(() => [1, 2], {
      outgoing: (message) =>
        kindOf(message) === undefined
          ? message
          : {
              ...message,
              correlationId: "x",
              replyTo: undefined,
              headers: new Map(),
              body: message.body.slice().reverse(),
            },
    });
    await setup.open();
    const { frames } = setup.transport;
    expect(told(frames)).toEqual(["alive", "credit 256", "items 0-1"]);
    expect(frames[0]?.message).toMatchObject({ correlationId: STREAM, replyTo: "frames-1.1" });
    expect(frames[2]?.message.body).toEqual(jsonCodec.encode([1, 2]).reverse());
  });

  it("is an error's answer only after the items before it", async () => {
    const { held, hold } = holding();
    const setup = await wired(scriptedHandler([1, 2], broken).handler, {
      outgoing: (message) => (kindOf(message) === "item" ? hold(message) : message),
    });
    const { open, transport, turns } = setup;
    await open();
    expect(transport.replies).toEqual([]);
    held[0]?.();
    await turns();
    expect(transport.replies).toEqual([]);
    held[1]?.();
    await turns();
    expect(told(transport.frames).slice(-2)).toEqual(["item 0", "item 1"]);
    expect(transport.last).toMatchObject({ status: 500 });
  });

  it.each<[string, Change]>([
    [
      "throws",
      () => {
        throw broken;
      },
    ],
    ["rejects", () => Promise.reject(broken)],
  ])("ends it with 500 when the extension %s; the handler is told, and the event", async (_, breaks) => {
    const { handler, signals } = scriptedHandler([1]);
    const setup = await wired(handler, {
      outgoing: (message) => (kindOf(message) === "item" ? breaks(message) : message),
    });
    const { open, transport, clock } = setup;
    const delivery = await open();
    expect(transport.last.json).toMatchObject({ status: 500, executed: "maybe" });
    expect([signals[0]?.aborted, delivery.settled, thrown(setup)]).toEqual([true, "accept", [broken]]);
    expect([transport.replies.length, clock.timerCount]).toEqual([1, 0]);
  });

  it("ends it with 500 when the extension holds a frame for 5 s", async () => {
    const { handler, signals } = scriptedHandler([1]);
    const setup = await wired(handler, {
      outgoing: (message) => (kindOf(message) === "item" ? never(message) : message),
    });
    const { open, frame, transport, clock, turns } = setup;
    await open();
    clock.advance(4_000);
    frame(alive);
    clock.advance(990);
    await turns();
    expect(transport.replies).toEqual([]);
    clock.advance(20);
    await turns();
    expect(transport.last.json).toMatchObject({ status: 500, executed: "maybe" });
    expect(signals[0]?.aborted).toBe(true);
    expect(thrown(setup)).toMatchObject([{ code: "Timeout" }]);
    expect(clock.timerCount).toBe(0);
  });

  it("is not run when its first frame cannot be changed: 500, not executed", async () => {
    const handler = vi.fn(() => []);
    const setup = await wired(handler, {
      outgoing: (message) => {
        if (kindOf(message) === "alive") throw broken;
        return message;
      },
    });
    const delivery = await setup.open();
    expect(setup.transport.last.json).toMatchObject({ status: 500, executed: "no" });
    expect([delivery.settled, handler.mock.calls.length, setup.clock.timerCount]).toEqual(["accept", 0, 0]);
  });

  it("is waited for 5 s at most by the answer that ends it, which is plain then", async () => {
    const setup = await wired(scriptedHandler([1], broken).handler, {
      outgoing: (message) => (kindOf(message) === "item" ? never(message) : message),
    });
    const { open, transport, clock } = setup;
    const delivery = await open();
    expect([transport.replies, delivery.settled]).toEqual([[], "accept"]);
    clock.advance(5_010);
    await settle();
    expect(transport.last.json).toMatchObject({ status: 500 });
    expect([transport.replies.length, clock.timerCount]).toEqual([1, 0]);
  });

  it("is dropped when its caller has given up", async () => {
    const { held, hold } = holding();
    const { handler, signals } = scriptedHandler([1, 2]);
    const setup = await wired(handler, {
      outgoing: (message) => (kindOf(message) === "item" ? hold(message) : message),
    });
    const { open, frame, transport, clock } = setup;
    await open();
    frame({ kind: "cancel" });
    held[0]?.();
    await settle();
    expect(signals[0]?.aborted).toBe(true);
    expect([told(transport.frames), transport.replies, held.length]).toEqual([
      ["alive", "credit 256"],
      [],
      1,
    ]);
    expect(clock.timerCount).toBe(0);
  });

  it("is no obstacle for closing", async () => {
    const setup = await wired(scriptedHandler([1]).handler, {
      outgoing: (message) => (kindOf(message) === "item" ? never(message) : message),
    });
    await setup.open();
    await setup.server.close();
    await settle();
    expect(told(setup.transport.frames)).toEqual(["alive", "credit 256"]);
    expect(setup.transport.last.json).toMatchObject({ status: 503, title: "Server closed" });
  });
});

describe("what comes to a stream whose server has an extension that changes messages", () => {
  it("is undone frame by frame, in order, its end after the last item", async () => {
    const { held, hold } = holding();
    const { handler, read } = scriptedHandler([]);
    const setup = await wired(handler, {
      incoming: (message) => (kindOf(message) === "items" ? hold(message) : message),
    });
    const { open, upload, frame, transport, turns } = setup;
    await open();
    upload(0, ["a"]);
    upload(1, ["b"]);
    frame({ kind: "end", seq: 2 });
    await turns();
    expect(read).toEqual([]);
    held[0]?.();
    await turns();
    held[1]?.();
    await turns();
    expect(read).toEqual(["a", "b"]);
    expect(transport.last).toMatchObject({ status: 200 });
  });

  it("costs it a 400 when it cannot be undone; the handler is told, the event says why, and others go on", async () => {
    const { handler, signals } = scriptedHandler([]);
    let isBroken = true;
    const setup = await wired(handler, {
      incoming: (message) => {
        if (kindOf(message) === "items" && isBroken) throw broken;
        return message;
      },
    });
    const { open, upload, transport, turns } = setup;
    await open();
    upload(0, ["a"]);
    await turns();
    expect(transport.last.json).toEqual({
      status: 400,
      title: "Bad request",
      detail: "a frame cannot be decoded",
      executed: "maybe",
    });
    expect([signals[0]?.aborted, thrown(setup)]).toEqual([true, [broken]]);
    isBroken = false;
    await open();
    upload(0, ["a"]);
    setup.frame({ kind: "end", seq: 1 });
    await turns();
    expect(transport.last).toMatchObject({ status: 200 });
  });

  it("is refused in the words of the extension, which cannot know whether the handler ran", async () => {
    const { handler, signals } = scriptedHandler([]);
    const setup = await wired(handler, {
      incoming: (message) => (kindOf(message) === "items" ? refused(message) : message),
    });
    await setup.open();
    setup.upload(0, ["a"]);
    await setup.turns();
    expect(setup.transport.last.json).toEqual({
      status: 403,
      title: "Forbidden",
      detail: "a wrong signature",
      executed: "maybe",
    });
    expect([signals[0]?.aborted, thrown(setup)]).toEqual([true, []]);
  });

  it("costs it a 500 when the extension holds it for 5 s, and is no silence of its caller", async () => {
    const { handler } = scriptedHandler([]);
    const setup = await wired(handler, {
      incoming: (message) => (kindOf(message) === "items" ? never(message) : message),
    });
    const { open, upload, frame, transport, clock, turns } = setup;
    await open({}, { "porthos-alive": 250 });
    upload(0, ["a"]);
    for (let i = 0; i < 19; i++) {
      clock.advance(250);
      frame(alive);
    }
    await turns();
    expect(transport.replies).toEqual([]);
    clock.advance(260);
    await turns();
    expect(transport.last.json).toMatchObject({ status: 500, executed: "maybe" });
    expect([thrown(setup).length, clock.timerCount]).toEqual([1, 0]);
  });

  it("waits within the bytes of all uploads: what is more is answered 429, and nothing stays held", async () => {
    const taken = vi.spyOn(ByteBudget.prototype, "give");
    const { handler } = scriptedHandler([]);
    const setup = await wired(
      handler,
      { incoming: (message) => (kindOf(message) === "items" ? never(message) : message) },
      { maxStreamBytes: 20 },
    );
    await setup.open();
    for (let i = 0; i < 6; i++) setup.upload(i, ["a"]);
    await setup.turns();
    expect(setup.transport.last.json).toMatchObject({ status: 429, executed: "maybe" });
    const given = taken.mock.calls.reduce((sum, [bytes]) => sum + bytes, 0);
    expect(given).toBe(20);
    taken.mockRestore();
  });

  it("for no call of this server is not shown to the extension", async () => {
    const seen: unknown[] = [];
    const setup = await wired(scriptedHandler([]).handler, {
      incoming: (message) => {
        seen.push(kindOf(message));
        return message;
      },
    });
    await setup.open();
    setup.frame(alive, "a stranger's");
    expect(seen).toEqual([undefined]);
  });
});

describe("signs of life, of a server with an extension that changes messages", () => {
  it("are changed as they go, and the answer after the one that is held", async () => {
    const { held, hold } = holding();
    const zip: Extension = {
      name: "zip",
      apiVersion: 1,
      server: { wire: { outgoing: (message) => (kindOf(message) === "alive" ? hold(message) : message) } },
    };
    const base = scripted({ extensions: [zip] });
    base.server.register("m", () => "answer");
    await base.server.listen();
    const { deliver, transport, turns } = streamed(base);
    deliver({ correlationId: STREAM, ttlMs: 1_000, headers: new Map([["porthos-alive", 250]]) });
    await turns();
    expect([transport.frames, transport.replies]).toEqual([[], []]);
    held[0]?.();
    await turns();
    expect(told(transport.frames)).toEqual(["alive"]);
    expect(transport.last.json).toBe("answer");
  });
});

it("items are what they were, once they are undone", async () => {
  const reverse: Change = (message) => ({ ...message, body: message.body.slice().reverse() });
  const setup = await wired(() => [1, 2, 3], { outgoing: reverse });
  await setup.open();
  const undone = setup.transport.frames.map((sent) => {
    const { frame } = sent;
    return "body" in frame ? { ...sent, frame: { ...frame, body: frame.body.slice().reverse() } } : sent;
  });
  expect(itemsOf(undone)).toEqual([1, 2, 3]);
});
