import {
  ACCEPTED,
  type Extension,
  encodeResponse,
  problemResponse,
  TIMEOUT_PROBLEM,
  UNROUTABLE,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { retry } from "../test/retry.js";
import { ScriptedTransport } from "../test/scripted-transport.js";
import { scripted } from "../test/setup.js";
import { alive, begun, opened, readAll, SERVER, told, turns } from "../test/streaming.js";
import { settle, watch } from "../test/watch.js";

describe("the end of a stream", () => {
  it("without an item is one all the same", async () => {
    const { first, request, clock, transport } = await begun();
    request.end(0);
    await settle();
    expect(first.value).toEqual({ done: true, value: undefined });
    expect([transport.frames, transport.published, clock.timerCount]).toEqual([[], [], 0]);
  });

  it("may come from a server that gave no sign of life before", async () => {
    const { first, request, clock } = await opened();
    request.end(0);
    await settle();
    expect(first.value).toEqual({ done: true, value: undefined });
    expect(clock.timerCount).toBe(0);
  });

  it.each([
    [1, "BadReply", /it ended with 1 items, and 2 have come/],
    [3, "Unavailable", /item 2 of the stream did not arrive/],
  ])(
    "that says another number of items than have come is an error: %i of 2",
    async (count, code, message) => {
      const { items, request, clock } = await begun();
      request.items(0, ["a", "b"]);
      request.end(count);
      await settle();
      expect(await items.next()).toEqual({ done: false, value: "b" });
      const last = items.next();
      await expect(last).rejects.toMatchObject({ code, executed: "maybe" });
      await expect(last).rejects.toThrow(message);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("by a plain method's answer is BadReply, executed", async () => {
    const { first, request, clock } = await opened();
    request.reply(200, { value: 1 });
    await settle();
    expect(first.error).toMatchObject({
      code: "BadReply",
      executed: "yes",
      message: "S.m: answered like a plain method, and not with a stream",
    });
    expect(clock.timerCount).toBe(0);
  });

  it("by an error comes after the items before it, with what the service says", async () => {
    const { items, first, request, clock } = await begun();
    request.items(0, ["a", "b", "c"]);
    const problem = problemResponse({ status: 422, title: "Too far", executed: "yes" });
    request.replyWith(encodeResponse(problem, request.message.correlationId));
    await settle();
    expect(first.value).toEqual({ done: false, value: "a" });
    const rest = await readAll(items);
    expect(rest.items).toEqual(["b", "c"]);
    expect(rest.error).toMatchObject({
      code: "Remote",
      status: 422,
      executed: "yes",
      message: "S.m: answered 422 Too far",
      details: { status: 422, title: "Too far", executed: "yes" },
    });
    expect(clock.timerCount).toBe(0);
  });

  it("by the end of its client is Closed at once, whatever has come; its server is told", async () => {
    const { items, request, transport, client, clock } = await begun();
    request.items(0, ["a", "b", "c"]);
    await settle();
    await client.close();
    await settle();
    await expect(items.next()).rejects.toMatchObject({ code: "Closed", executed: "maybe" });
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(told(transport.frames)).toEqual(["cancel"]);
    expect(transport.published).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("by a frame that cannot be understood is BadReply; its server is told once", async () => {
    const { items, request, transport, clock } = await begun();
    request.items(0, ["a", "b"]);
    request.replyWith({ ...request.message, headers: new Map([["porthos-frame", "item"]]) });
    await settle();
    expect(await items.next()).toEqual({ done: false, value: "b" });
    await expect(items.next()).rejects.toMatchObject({ code: "BadReply", executed: "maybe" });
    expect(told(transport.frames)).toEqual(["cancel"]);
    expect(clock.timerCount).toBe(0);
  });
});

describe("a stream whose client has extensions", () => {
  it("is a call to them of its own kind, which they settle once", async () => {
    const seen: unknown[] = [];
    const watching: Extension = {
      name: "watching",
      apiVersion: 1,
      client: {
        observe: { settled: ({ call: { kind }, response }) => seen.push([kind, response?.statusCode]) },
      },
    };
    const { items, request, clock } = await begun({}, scripted({ extensions: [watching] }));
    request.items(0, ["a", "b"]);
    request.end(2);
    await settle();
    expect(seen).toEqual([["stream", 200]]);
    expect(await readAll(items)).toEqual({ items: ["b"], error: undefined });
    expect(clock.timerCount).toBe(0);
  });

  it("that try again is tried again when nobody had it, with all of its upload", async () => {
    const { transport, client, clock } = scripted({ extensions: [retry(2)] });
    const items = client.call("m").stream({ upload: ["x", "y"] });
    const first = watch(items.next());
    await settle();
    transport.last.outcome(UNROUTABLE);
    await settle();
    expect(transport.sent).toHaveLength(2);
    const request = transport.last;
    request.outcome(ACCEPTED);
    request.frame(alive, SERVER);
    request.frame({ kind: "credit", total: 8 });
    await turns({ clock });
    expect(told(transport.frames)).toEqual(["items 0-1", "end 2"]);
    request.items(0, ["a"]);
    request.end(1);
    await settle();
    expect(first.value).toEqual({ done: false, value: "a" });
    expect(await readAll(items)).toEqual({ items: [], error: undefined });
    expect(clock.timerCount).toBe(0);
  });

  it("that try again is not tried again once a server has begun it: half of it may have run", async () => {
    const { items, request, transport, clock } = await begun({}, scripted({ extensions: [retry(2)] }));
    request.items(0, ["a", "b"]);
    request.frame({ kind: "cancel" });
    await settle();
    expect(await items.next()).toEqual({ done: false, value: "b" });
    await expect(items.next()).rejects.toMatchObject({
      code: "Config",
      executed: "maybe",
      message: "S.m: a stream cannot be tried again",
    });
    expect(transport.sent).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });
});

describe("a stream of a client with several transports", () => {
  it("goes to the next one with all of its upload when the first has no such service", async () => {
    const [one, other] = [new ScriptedTransport(), new ScriptedTransport()];
    const { client, clock } = scripted({ transport: [one, other] });
    const items = client.call("m").stream({ upload: ["x"] });
    const first = watch(items.next());
    await settle();
    one.last.outcome(UNROUTABLE);
    await settle();
    other.last.frame(alive, SERVER);
    other.last.frame({ kind: "credit", total: 8 });
    await turns({ clock });
    expect([told(one.frames), told(other.frames)]).toEqual([[], ["item 0", "end 1"]]);
    other.last.end(0);
    await settle();
    expect(first.value).toEqual({ done: true, value: undefined });
    expect(clock.timerCount).toBe(0);
  });
});

describe("the times of a stream", () => {
  it("that no server begins within the client's timeout: Timeout, by how far it had come", async () => {
    const { first, clock, transport } = await opened();
    clock.advance(1_099);
    await settle();
    expect(first.state).toBe("pending");
    clock.advance(11);
    await settle();
    expect(first.error).toMatchObject({
      code: "Timeout",
      executed: "maybe",
      message: "S.m: no answer within 1000 ms (after 1100 ms, queued, as far as is known)",
    });
    expect([transport.frames, clock.timerCount]).toEqual([[], 0]);
  });

  it("that no server begins, though all of it may take longer: the Timeout says how long it had to be begun", async () => {
    const { client, clock } = scripted();
    const first = watch(client.call("m").withTimeout(60_000).stream().next());
    await settle();
    clock.advance(1_110);
    await settle();
    expect((first.error as Error).message).toMatch(/^S\.m: no answer within 1000 ms /);
    expect(clock.timerCount).toBe(0);
  });

  it("that could not be sent: Timeout, not executed", async () => {
    const { client, transport, clock } = scripted();
    transport.state = "down";
    const first = watch(client.call("m").stream().next());
    await settle();
    clock.advance(1_010);
    await settle();
    expect(first.error).toMatchObject({ code: "Timeout", executed: "no" });
    expect((first.error as Error).message).toContain("waiting for the connection");
    expect(clock.timerCount).toBe(0);
  });

  it("that a server begins as its time is over: it goes on", async () => {
    const { first, request, clock } = await opened();
    clock.advance(1_050);
    request.frame(alive, SERVER);
    clock.advance(500);
    request.items(0, ["a"]);
    await settle();
    expect(first.value).toEqual({ done: false, value: "a" });
  });

  it("have no end but silence once it has begun, if nothing is said", async () => {
    const { items, request, clock } = await begun({ idleTimeoutMs: 10_000 });
    let seq = 0;
    request.items(seq++, ["a"]);
    for (; seq < 1_000; seq++) {
      const next = items.next();
      clock.advance(9_000);
      request.items(seq, [seq]);
      expect(await next).toEqual({ done: false, value: seq });
    }
    request.end(seq);
    expect((await items.next()).done).toBe(true);
    expect(clock.timerCount).toBe(0);
  });

  it("that are over for all of it: Timeout after what has come, with what its server says", async () => {
    const { client, transport, clock } = scripted();
    const items = client.call("m").withTimeout(3_000).stream({ idleTimeoutMs: 60_000 });
    void watch(items.next());
    await settle();
    const request = transport.last;
    expect(request.message.ttlMs).toBe(1_000);
    request.outcome(ACCEPTED);
    request.frame(alive, SERVER);
    request.items(0, ["a", "b"]);
    clock.advance(3_000);
    const problem = problemResponse({
      type: TIMEOUT_PROBLEM,
      status: 504,
      title: "Deadline passed",
      executed: "yes",
    });
    request.replyWith(encodeResponse(problem, request.message.correlationId));
    const rest = await readAll(items);
    expect(rest.items).toEqual(["b"]);
    expect(rest.error).toMatchObject({
      code: "Timeout",
      executed: "maybe",
      message: "S.m: no answer within 3000 ms (after 3000 ms, running at the server)",
      details: { status: 504 },
    });
    expect(clock.timerCount).toBe(0);
  });

  it("that are over for all of it, and its server says nothing: Timeout a little later", async () => {
    const { client, transport, clock } = scripted();
    const items = client.call("m").withTimeout(3_000).stream({ idleTimeoutMs: 60_000 });
    const first = watch(items.next());
    await settle();
    transport.last.frame(alive, SERVER);
    clock.advance(3_110);
    await settle();
    expect(first.error).toMatchObject({
      code: "Timeout",
      message: "S.m: no answer within 3000 ms (after 3100 ms, running at the server)",
    });
    expect(clock.timerCount).toBe(0);
  });

  it("for one item: Timeout when none comes while the caller waits, and its server is told", async () => {
    const { items, request, transport, clock } = await begun({ idleTimeoutMs: 300 });
    request.items(0, ["a", "b"]);
    // While he does something else it does not count.
    clock.advance(60_000);
    request.frame(alive);
    expect(await items.next()).toEqual({ done: false, value: "b" });
    const next = watch(items.next());
    clock.advance(310);
    await settle();
    expect(next.error).toMatchObject({
      code: "Timeout",
      executed: "maybe",
      message: "S.m: no item came within 300 ms (idleTimeoutMs), after 2",
    });
    await turns({ clock });
    expect(told(transport.frames).at(-1)).toBe("cancel");
    expect(clock.timerCount).toBe(0);
  });

  it("for one item are the client's timeout if nothing is said, from when its server has begun it", async () => {
    const { first, request, clock } = await opened();
    clock.advance(900);
    request.frame(alive, SERVER);
    clock.advance(999);
    await settle();
    expect(first.state).toBe("pending");
    clock.advance(11);
    await settle();
    expect(first.error).toMatchObject({
      code: "Timeout",
      message: "S.m: no item came within 1000 ms (idleTimeoutMs), after 0",
    });
    expect(clock.timerCount).toBe(0);
  });
});
