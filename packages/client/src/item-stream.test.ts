import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { scripted } from "../test/setup.js";
import { begun, opened, readAll, SERVER, told } from "../test/streaming.js";
import { settle, watch } from "../test/watch.js";

const DONE = { done: true, value: undefined };

describe("a stream of items", () => {
  it("sends nothing and opens nothing before its first item is asked for", async () => {
    const { client, transport, clock } = scripted();
    const items = client.call("m").withMap({ to: 3 }).stream();
    items[Symbol.asyncIterator]();
    await settle();
    expect(transport).toMatchObject({ sent: [], inboxes: [], leases: 0, readyCalls: 0 });
    expect([clock.timerCount, clock.laterCount]).toEqual([0, 0]);
  });

  it("begins once, however many items are asked for at a time, and gives each its own, in order", async () => {
    const { client, transport, clock } = scripted();
    const items = client.call("m").stream();
    const asked = [items.next(), items.next(), items.next(), items.next()].map((each) => watch(each));
    await settle();
    expect(transport.sent).toHaveLength(1);
    transport.last.frame({ kind: "alive", seq: undefined, credit: undefined }, SERVER);
    transport.last.items(0, ["a", "b", "c"]);
    transport.last.end(3);
    await settle();
    expect(asked.map(({ value }) => value)).toEqual([
      { done: false, value: "a" },
      { done: false, value: "b" },
      { done: false, value: "c" },
      DONE,
    ]);
    expect(await items.next()).toEqual(DONE);
    expect(clock.timerCount).toBe(0);
  });

  it("is read by a for await, to its end", async () => {
    const { items, first, request, clock } = await begun();
    request.items(0, ["a", "b", "c"]);
    request.end(3);
    await settle();
    expect(first.value).toEqual({ done: false, value: "a" });
    expect(await readAll(items)).toEqual({ items: ["b", "c"], error: undefined });
    expect(clock.timerCount).toBe(0);
  });

  it("asks for more when half of its window has been read, at the server that has begun it", async () => {
    const { items, request, transport } = await begun({ window: 4 });
    expect(request.message.headers.get("porthos-stream")).toBe(4);
    request.items(0, ["a", "b", "c", "d"]);
    await settle();
    expect(told(transport.frames)).toEqual([]);
    await items.next();
    expect(told(transport.frames)).toEqual(["credit 6"]);
    expect(transport.frames[0]).toMatchObject({ address: SERVER, id: request.message.correlationId });
    await items.next();
    await items.next();
    expect(told(transport.frames)).toEqual(["credit 6", "credit 8"]);
  });

  it("asks for nothing more once its end has come", async () => {
    const { items, request, transport, clock } = await begun({ window: 4 });
    request.items(0, ["a", "b"]);
    // Before the stream knows of its end, the call does.
    request.end(2);
    await items.next();
    expect(await items.next()).toEqual(DONE);
    expect(told(transport.frames)).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });
});

describe("leaving a stream", () => {
  it.each(["return", "dispose"] as const)(
    "before it begins sends nothing, and it is done: %s",
    async (how) => {
      const { client, transport, clock } = scripted();
      const items = client.call("m").stream();
      if (how === "return") expect(await items.return()).toEqual(DONE);
      else await items[Symbol.asyncDispose]();
      const next = watch(items.next());
      await settle();
      expect(next.value).toEqual(DONE);
      expect(await items.return()).toEqual(DONE);
      expect(transport).toMatchObject({ sent: [], frames: [], published: [], inboxes: [], leases: 0 });
      expect(clock.timerCount).toBe(0);
    },
  );

  it("before it begins ends the source of its upload, which was not asked for anything", async () => {
    const { client } = scripted();
    const log: string[] = [];
    const upload = {
      [Symbol.iterator]: () => ({
        next: () => {
          log.push("next");
          return { done: false, value: 1 };
        },
        return: () => {
          log.push("return");
          return { done: true, value: undefined };
        },
      }),
    };
    const items = client.call("m").stream({ upload: upload as Iterable<number> });
    await items.return();
    expect(log).toEqual(["return"]);
  });

  it("early tells its server once, by its own address, and drops what has come", async () => {
    const { items, request, transport, clock, client } = await begun();
    request.items(0, ["a", "b", "c"]);
    await settle();
    expect(await items.return()).toEqual(DONE);
    expect(await items.return()).toEqual(DONE);
    await items[Symbol.asyncDispose]();
    await settle();
    expect(told(transport.frames)).toEqual(["cancel"]);
    expect(transport.frames[0]).toMatchObject({ address: SERVER, id: request.message.correlationId });
    expect(transport.published).toEqual([]);
    expect(await items.next()).toEqual(DONE);
    await client.close();
    expect(told(transport.frames)).toEqual(["cancel"]);
    expect(clock.timerCount).toBe(0);
  });

  it("by the break of a for await is the same", async () => {
    const { items, request, transport, clock } = await begun();
    request.items(0, ["a", "b", "c"]);
    await settle();
    for await (const item of items) {
      expect(item).toBe("b");
      break;
    }
    await settle();
    expect(told(transport.frames)).toEqual(["cancel"]);
    expect(clock.timerCount).toBe(0);
  });

  it("before a server has begun it tells all servers, since nobody knows which has it", async () => {
    const { items, first, request, transport, clock } = await opened();
    await items.return();
    await settle();
    expect(first.value).toEqual(DONE);
    expect(transport.frames).toEqual([]);
    expect(transport.published).toEqual([{ topic: "porthos.cancel.S", id: request.message.correlationId }]);
    expect(clock.timerCount).toBe(0);
  });

  it("after its end tells nobody", async () => {
    const { items, request, transport } = await begun();
    request.items(0, ["a", "b"]);
    request.end(2);
    await settle();
    await items.return();
    await settle();
    expect([transport.frames, transport.published]).toEqual([[], []]);
  });
});

describe("the signal of a stream", () => {
  it("that is aborted before it begins ends it with Cancelled, not executed, and nothing is sent", async () => {
    const { client, transport, clock } = scripted();
    const items = client.call("m").withSignal(AbortSignal.abort()).stream();
    await expect(items.next()).rejects.toMatchObject({ code: "Cancelled", executed: "no" });
    expect(await items.next()).toEqual(DONE);
    expect(transport).toMatchObject({ sent: [], frames: [], published: [] });
    expect(clock.timerCount).toBe(0);
  });

  it("that is aborted in the middle ends it with Cancelled at once, whatever has come; its server is told", async () => {
    const controller = new AbortController();
    const { client, transport, clock } = scripted();
    const items = client.call("m").withSignal(controller.signal).stream();
    void watch(items.next());
    await settle();
    transport.last.frame({ kind: "alive", seq: undefined, credit: undefined }, SERVER);
    transport.last.items(0, ["a", "b", "c"]);
    await settle();
    controller.abort();
    await settle();
    await expect(items.next()).rejects.toMatchObject({ code: "Cancelled", executed: "maybe" });
    expect(await items.next()).toEqual(DONE);
    expect(told(transport.frames)).toEqual(["cancel"]);
    expect(clock.timerCount).toBe(0);
  });

  it("is not listened to any more when it has ended", async () => {
    const { signal } = new AbortController();
    const { client, transport } = scripted();
    const items = client.call("m").withSignal(signal).stream();
    void watch(items.next());
    await settle();
    transport.last.end(0);
    await settle();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});
