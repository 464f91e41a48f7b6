import {
  ACCEPTED,
  type ClientEvents,
  type Extension,
  jsonCodec,
  type MaybePromise,
  type Message,
  RpcError,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { type Scripted, scripted } from "../test/setup.js";
import { alive, begun, opened, readAll, SERVER, told, turns } from "../test/streaming.js";
import { settle, watch } from "../test/watch.js";

type Change = (message: Message) => MaybePromise<Message>;

/** A client whose messages an extension changes. */
function wired(wire: { readonly incoming?: Change; readonly outgoing?: Change }): Scripted {
  const extension: Extension = { name: "zip", apiVersion: 1, client: { wire } };
  return scripted({ extensions: [extension] });
}

const kindOf = ({ headers }: Message): unknown => headers.get("porthos-frame");
/** Nothing that a frame of a stream's items, or its reply, comes to is known before the test says so. */
function holding() {
  const held: ((error?: Error) => void)[] = [];
  const hold: Change = (message) =>
    new Promise((resolve, reject) =>
      held.push((error) => (error === undefined ? resolve(message) : reject(error))),
    );
  return { held, hold };
}

const never: Change = () => new Promise(() => {});
const broken = new Error("broken");

describe("what comes to a stream whose client has an extension that changes messages", () => {
  it("is undone frame by frame, in order, and the reply that ends it after the last item", async () => {
    const { held, hold } = holding();
    const seen: unknown[] = [];
    const setup = wired({
      incoming: (message) => {
        seen.push(kindOf(message));
        return kindOf(message) === "items" ? hold(message) : message;
      },
    });
    const { items, first, request, clock } = await begun({}, setup);
    request.items(0, ["a"]);
    request.items(1, ["b"]);
    request.end(2);
    await settle();
    expect([first.state, seen]).toEqual(["pending", ["alive", "items"]]);
    held[0]?.();
    await settle();
    expect([first.value, seen]).toEqual([{ done: false, value: "a" }, ["alive", "items", "items"]]);
    held[1]?.();
    await settle();
    expect(await readAll(items)).toEqual({ items: ["b"], error: undefined });
    expect(seen).toEqual(["alive", "items", "items", undefined]);
    expect(clock.timerCount).toBe(0);
  });

  it("is a frame of that stream whatever the extension makes of its headers; a body may be anything", async () => {
    const setup = wired({
      incoming: (message) =>
        kindOf(message) === undefined
          ? message
          : {
              ...message,
              correlationId: "another",
              headers: new Map([["porthos-seq", 7]]),
              body: Uint8Array.from(message.body).reverse(),
            },
    });
    const { first, request } = await begun({}, setup);
    const body = jsonCodec.encode(["a"]).reverse();
    request.frame({ kind: "items", seq: 0, count: 1, body, contentType: jsonCodec.contentType });
    await settle();
    expect(first.value).toEqual({ done: false, value: "a" });
  });

  it("costs it a BadReply when it cannot be undone, after what came before; its server is told", async () => {
    let frames = 0;
    const setup = wired({
      incoming: (message) => {
        if (++frames === 3) throw broken;
        return message;
      },
    });
    const { items, request, transport, clock } = await begun({}, setup);
    request.items(0, ["a", "b"]);
    request.items(2, ["c"]);
    await settle();
    const { items: read, error } = await readAll(items);
    expect(read).toEqual(["b"]);
    expect(error).toMatchObject({ code: "BadReply", executed: "maybe", cause: broken });
    expect((error as RpcError).message).toMatch(/^S\.m: an extension failed to decode a frame \(after/);
    expect([told(transport.frames), clock.timerCount]).toEqual([["cancel"], 0]);
  });

  it("costs it what the extension says, but for whether it ran, which that cannot know", async () => {
    const forged = new RpcError("BadReply", "a wrong signature", { executed: "no" });
    const { first, request } = await begun(
      {},
      wired({ incoming: (message) => (kindOf(message) === "items" ? Promise.reject(forged) : message) }),
    );
    request.items(0, ["a"]);
    await settle();
    expect(first.error).toMatchObject({ code: "BadReply", executed: "maybe", cause: forged });
    expect((first.error as RpcError).message).toContain("a wrong signature");
  });

  it("that the extension holds for 5 s costs it a Timeout; other calls go on", async () => {
    const setup = wired({ incoming: (message) => (kindOf(message) === "items" ? never(message) : message) });
    const { first, request, client, transport, clock } = await begun({ idleTimeoutMs: 60_000 }, setup);
    request.items(0, ["a"]);
    const other = watch(client.call("m").sync());
    await settle();
    transport.last.reply();
    await settle();
    expect(other.state).toBe("resolved");
    clock.advance(4_990);
    await settle();
    expect(first.state).toBe("pending");
    clock.advance(20);
    await settle();
    expect(first.error).toMatchObject({ code: "Timeout", executed: "maybe" });
    expect((first.error as RpcError).message).toContain("an extension held a frame for longer than 5000 ms");
    expect([told(transport.frames), clock.timerCount]).toEqual([["alive", "cancel"], 0]);
  });

  it("is no silence while the extension is slow", async () => {
    const { held, hold } = holding();
    const setup = wired({ incoming: (message) => (kindOf(message) === "items" ? hold(message) : message) });
    const items = setup.client.call("m").withLiveness(250).stream({ idleTimeoutMs: 60_000 });
    const first = watch(items.next());
    await settle();
    setup.transport.last.frame(alive, SERVER);
    setup.transport.last.items(0, ["a"]);
    for (let i = 0; i < 16; i++) {
      setup.clock.advance(250);
      setup.transport.last.frame(alive, SERVER);
    }
    await settle();
    expect(first.state).toBe("pending");
    held[0]?.();
    await settle();
    expect(first.value).toEqual({ done: false, value: "a" });
    await items.return();
  });

  it("waits within the window: a server that sends more is told off, and nothing more is kept", async () => {
    const { items, first, request, transport, clock } = await begun(
      { window: 4 },
      wired({ incoming: (message) => (kindOf(message) === "items" ? never(message) : message) }),
    );
    for (let i = 0; i < 200; i++) request.items(i, ["x"]);
    await settle();
    expect(first.error).toMatchObject({ code: "BadReply" });
    expect((first.error as RpcError).message).toContain("more came at a time than was asked for");
    expect(told(transport.frames)).toEqual(["cancel"]);
    await items.return();
    expect(clock.timerCount).toBe(0);
  });

  it("twice to end it is a duplicate, of which nobody hears but the event", async () => {
    const { held, hold } = holding();
    const setup = wired({ incoming: (message) => (kindOf(message) === "items" ? hold(message) : message) });
    const strays: string[] = [];
    setup.client.on("stray", ({ kind }: ClientEvents["stray"]) => strays.push(kind));
    const { items, request } = await begun({}, setup);
    request.items(0, ["a"]);
    request.end(1);
    request.end(1);
    expect(strays).toEqual(["duplicate"]);
    held[0]?.();
    await settle();
    expect(await readAll(items)).toEqual({ items: [], error: undefined });
    request.end(1);
    expect(strays).toEqual(["duplicate", "duplicate"]);
  });

  it("to end it is late when it has ended before its turn came", async () => {
    const setup = wired({ incoming: (message) => (kindOf(message) === "items" ? never(message) : message) });
    const strays: string[] = [];
    setup.client.on("stray", ({ kind }) => strays.push(kind));
    const { items, request, clock } = await begun({}, setup);
    request.items(0, ["a"]);
    request.end(1);
    await items.return();
    expect(strays).toEqual(["late"]);
    await settle();
    expect(clock.timerCount).toBe(0);
  });

  it("for no call of this client is not shown to the extension", async () => {
    const seen: unknown[] = [];
    const setup = wired({
      incoming: (message) => {
        seen.push(kindOf(message));
        return message;
      },
    });
    const { request } = await begun({}, setup);
    const headers = new Map([["porthos-frame", "alive"]]);
    request.replyWith({ ...request.message, correlationId: "a stranger's", headers });
    expect(seen).toEqual(["alive"]);
  });

  it("to end it is waited for 5 s at most", async () => {
    const setup = wired({
      incoming: (message) => (kindOf(message) === undefined ? never(message) : message),
    });
    const { items, request, clock } = await begun({ idleTimeoutMs: 60_000 }, setup);
    request.items(0, ["a"]);
    request.end(1);
    await settle();
    const rest = watch(readAll(items));
    clock.advance(5_200);
    await settle();
    expect(rest.value?.error).toMatchObject({ code: "Timeout", executed: "maybe" });
    expect(clock.timerCount).toBe(0);
  });

  it("to end it is not waited for by a client that closes", async () => {
    const setup = wired({
      incoming: (message) => (kindOf(message) === undefined ? never(message) : message),
    });
    const { items, request, client, clock } = await begun({ idleTimeoutMs: 60_000 }, setup);
    request.items(0, ["a"]);
    request.end(1);
    await settle();
    await client.close();
    expect((await readAll(items)).error).toMatchObject({ code: "Closed" });
    expect(clock.timerCount).toBe(0);
  });
});

describe("what goes out of a stream whose client has an extension that changes messages", () => {
  it("is changed frame by frame, in order, its end and its cancelling among them", async () => {
    const { held, hold } = holding();
    const seen: unknown[] = [];
    const setup = wired({
      outgoing: (message) => {
        seen.push(kindOf(message));
        return kindOf(message) === "item" ? hold(message) : message;
      },
    });
    const { items, request, transport, clock } = await begun(
      { upload: [Uint8Array.of(1), Uint8Array.of(2)] },
      setup,
    );
    request.frame({ kind: "credit", total: 8 });
    await turns({ clock });
    expect([seen, transport.frames]).toEqual([[undefined, "item"], []]);
    held[0]?.();
    await turns({ clock });
    held[1]?.();
    await turns({ clock });
    expect(told(transport.frames)).toEqual(["item 0", "item 1", "end 2"]);
    await items.return();
    await settle();
    expect(seen).toEqual([undefined, "item", "item", "end", "cancel"]);
    expect(told(transport.frames)).toEqual(["item 0", "item 1", "end 2", "cancel"]);
    expect(transport.published).toEqual([]);
  });

  it.each<[string, Change]>([
    [
      "throws",
      () => {
        throw broken;
      },
    ],
    ["rejects", () => Promise.reject(broken)],
  ])("ends it when the extension %s, with what it says; the servers are told", async (_, breaks) => {
    const setup = wired({
      outgoing: (message) => (kindOf(message) === "item" ? breaks(message) : message),
    });
    const { first, request, transport, clock } = await begun({ upload: ["x"] }, setup);
    request.frame({ kind: "credit", total: 8 });
    await turns({ clock });
    expect(first.error).toMatchObject({ code: "BadRequest", executed: "maybe", cause: broken });
    expect((first.error as RpcError).message).toContain("an extension failed to encode a frame");
    expect([transport.frames, transport.published.length, clock.timerCount]).toEqual([[], 1, 0]);
  });

  it("ends it when the extension holds a frame for 5 s; the servers are told", async () => {
    const setup = wired({ outgoing: (message) => (kindOf(message) === "item" ? never(message) : message) });
    const { first, request, transport, clock } = await begun({ upload: ["x"], idleTimeoutMs: 60_000 }, setup);
    request.frame({ kind: "credit", total: 8 });
    await turns({ clock });
    clock.advance(5_010);
    await settle();
    expect(first.error).toMatchObject({ code: "Timeout", executed: "maybe" });
    expect([transport.frames, transport.published.length, clock.timerCount]).toEqual([[], 1, 0]);
  });

  it("is no obstacle for cancelling: behind a frame that is held all servers are told at once", async () => {
    const setup = wired({ outgoing: (message) => (kindOf(message) === "item" ? never(message) : message) });
    const { items, request, transport, clock } = await begun({ upload: ["x"] }, setup);
    request.frame({ kind: "credit", total: 8 });
    await turns({ clock });
    await items.return();
    await settle();
    expect([transport.frames, transport.published.length, clock.timerCount]).toEqual([[], 1, 0]);
  });

  it("lets its cancelling pass what waits, where not all servers can be told, as soon as the extension lets it", async () => {
    const { held, hold } = holding();
    const setup = wired({ outgoing: (message) => (kindOf(message) === "item" ? hold(message) : message) });
    setup.transport.features = { ...setup.transport.features, topics: false };
    const upload = [Uint8Array.of(1), Uint8Array.of(2)];
    const { items, request, transport, clock } = await begun({ upload }, setup);
    request.frame({ kind: "credit", total: 8 });
    await turns({ clock });
    await items.return();
    await settle();
    expect(transport.frames).toEqual([]);
    held[0]?.();
    await settle();
    expect(told(transport.frames)).toEqual(["item 0", "cancel"]);
    expect([held.length, clock.timerCount]).toEqual([1, 0]);
  });

  it("tells all servers when its cancelling itself is held, or cannot be changed", async () => {
    const setup = wired({ outgoing: (message) => (kindOf(message) === "cancel" ? never(message) : message) });
    const { items, transport, clock } = await begun({}, setup);
    await items.return();
    await settle();
    expect(transport.published).toEqual([]);
    clock.advance(5_010);
    await settle();
    expect([transport.frames, transport.published.length, clock.timerCount]).toEqual([[], 1, 0]);
  });

  it("is its request first, which must be changed before it must have begun", async () => {
    const setup = wired({ outgoing: never });
    const items = setup.client.call("m").stream();
    const first = watch(items.next());
    await settle();
    setup.clock.advance(1_100);
    await settle();
    expect(first.error).toMatchObject({ code: "Timeout", executed: "no" });
    expect([setup.transport.sent, setup.clock.timerCount]).toEqual([[], 0]);
  });
});

describe("signs of life, of a client with an extension that changes messages", () => {
  it("are undone as they come, and the response after them", async () => {
    const { held, hold } = holding();
    const setup = wired({ incoming: (message) => (kindOf(message) === "alive" ? hold(message) : message) });
    let signs = 0;
    const call = watch(
      setup.client
        .call("m")
        .withLiveness(1_000, () => signs++)
        .sync(),
    );
    await settle();
    const request = setup.transport.last;
    request.outcome(ACCEPTED);
    request.frame(alive);
    request.reply(200, "answer");
    await settle();
    expect([signs, call.state]).toEqual([0, "pending"]);
    held[0]?.();
    await settle();
    expect([signs, call.value?.json()]).toEqual([1, "answer"]);
    expect(setup.clock.timerCount).toBe(0);
  });

  it("that cannot be undone end the call with BadReply; the servers are told", async () => {
    const setup = wired({
      incoming: (message) => (kindOf(message) === "alive" ? Promise.reject(broken) : message),
    });
    const call = watch(setup.client.call("m").withLiveness(1_000).sync());
    await settle();
    setup.transport.last.frame(alive);
    await settle();
    expect(call.error).toMatchObject({ code: "BadReply", executed: "maybe", cause: broken });
    expect([setup.transport.published.length, setup.clock.timerCount]).toEqual([1, 0]);
  });
});

it("a stream that must have begun by now ends in time, whatever an extension does with the word of its server", async () => {
  const setup = wired({ incoming: (message) => (kindOf(message) === undefined ? never(message) : message) });
  const { first, request, clock } = await opened({}, setup);
  clock.advance(1_010);
  request.reply(504, { type: "urn:porthos:timeout", status: 504, executed: "no" });
  await settle();
  expect(first.state).toBe("pending");
  clock.advance(5_160);
  await settle();
  expect(first.error).toMatchObject({ code: "Timeout" });
  expect(clock.timerCount).toBe(0);
});
