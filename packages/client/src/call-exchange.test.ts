import { ACCEPTED, type ClientEvents, UNROUTABLE } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { retry } from "../test/retry.js";
import { connectionLost, type Scripted, scripted } from "../test/setup.js";
import { alive, begun, opened, SERVER, told } from "../test/streaming.js";
import { settle, watch } from "../test/watch.js";

/** A call that asks for a sign of life each second, in the hands of the broker. */
async function asking(onAlive?: () => void, setup: Scripted = scripted({ timeoutMs: 60_000 })) {
  const errors: ClientEvents["extensionError"][] = [];
  setup.client.on("extensionError", (event) => errors.push(event));
  const call = watch(setup.client.call("m").withLiveness(1_000, onAlive).sync());
  await settle();
  const request = setup.transport.last;
  request.outcome(ACCEPTED);
  return { ...setup, call, request, errors };
}

describe("a call that asks for signs of life", () => {
  it("asks by a header, and one that does not ask by none", async () => {
    const { request, client, transport } = await asking();
    expect([...request.message.headers]).toEqual([
      ["porthos-alive", 1_000],
      ["X-Method", "m"],
    ]);
    void watch(client.call("m").sync());
    await settle();
    expect([...transport.last.message.headers]).toEqual([["X-Method", "m"]]);
  });

  it("hears each of them, and ends with its response", async () => {
    let signs = 0;
    const { request, call, clock, transport } = await asking(() => signs++);
    for (let i = 1; i <= 3; i++) {
      request.frame(alive);
      // What is none is not taken for one.
      request.items(0, ["a"]);
      expect(signs).toBe(i);
      clock.advance(1_000);
    }
    request.reply(200, "answer");
    await settle();
    expect(call.value?.json()).toBe("answer");
    request.frame(alive);
    expect(signs).toBe(3);
    // It has nothing to say of itself.
    expect([transport.frames, transport.published]).toEqual([[], []]);
    expect(clock.timerCount).toBe(0);
  });

  it("ends with Unavailable, executed maybe, when three are missing; whoever has it is told", async () => {
    const { request, call, clock, transport } = await asking();
    request.frame(alive);
    clock.advance(500);
    request.frame(alive);
    clock.advance(3_499);
    await settle();
    expect(call.state).toBe("pending");
    clock.advance(1);
    await settle();
    expect(call.error).toMatchObject({
      code: "Unavailable",
      executed: "maybe",
      retryable: true,
      message: "S.m: the server that ran it has fallen silent (after 4000 ms, running at the server)",
    });
    expect(transport.published).toEqual([{ topic: "porthos.cancel.S", id: request.message.correlationId }]);
    expect(clock.timerCount).toBe(0);
  });

  it("goes on for as long as they come, from whatever server", async () => {
    const { request, call, clock } = await asking();
    for (let i = 0; i < 50; i++) {
      request.frame(alive, i < 25 ? undefined : "another server");
      clock.advance(1_000);
    }
    request.reply();
    await settle();
    expect(call.state).toBe("resolved");
    expect(clock.timerCount).toBe(0);
  });

  it("waits without a sign until its deadline: its request may be in the queue for long", async () => {
    const { call, clock } = await asking();
    clock.advance(59_999);
    await settle();
    expect(call.state).toBe("pending");
    clock.advance(111);
    await settle();
    expect(call.error).toMatchObject({
      code: "Timeout",
      message: "S.m: no answer within 60000 ms (after 60100 ms, queued, as far as is known)",
    });
    expect(clock.timerCount).toBe(0);
  });

  it("says of a timeout that it was running, even if the broker's word for it came only then", async () => {
    const setup = scripted({ timeoutMs: 2_000 });
    const call = watch(setup.client.call("m").withLiveness(1_000).sync());
    await settle();
    const request = setup.transport.last;
    request.frame(alive);
    request.outcome(ACCEPTED);
    setup.clock.advance(2_110);
    await settle();
    expect(call.error).toMatchObject({
      code: "Timeout",
      executed: "maybe",
      message: "S.m: no answer within 2000 ms (after 2100 ms, running at the server)",
    });
  });

  it.each<[string, () => unknown]>([
    [
      "throws",
      () => {
        throw new Error("broken listener");
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken listener"))],
  ])("is not harmed by a listener that %s; that is reported", async (_, listener) => {
    const { request, call, errors, clock } = await asking(listener as () => void);
    request.frame(alive);
    await settle();
    expect(errors).toEqual([{ extension: "call", during: "onAlive", error: new Error("broken listener") }]);
    request.reply(200, "answer");
    await settle();
    expect(call.value?.json()).toBe("answer");
    expect(clock.timerCount).toBe(0);
  });

  it("may be tried again, and is then heard of anew", async () => {
    let signs = 0;
    const setup = scripted({ timeoutMs: 60_000, extensions: [retry(2)] });
    const { call, transport, clock } = await asking(() => signs++, setup);
    transport.last.frame(alive);
    clock.advance(4_000);
    await settle();
    expect([call.state, transport.sent.length]).toEqual(["pending", 2]);
    // The second attempt is in the queue: its silence means nothing before its server has begun it.
    clock.advance(10_000);
    await settle();
    transport.last.frame(alive);
    expect([signs, call.state]).toEqual([2, "pending"]);
    clock.advance(4_000);
    await settle();
    expect(call.error).toMatchObject({ code: "Unavailable" });
    expect(clock.timerCount).toBe(0);
  });
});

describe("a frame", () => {
  it("of a call that asked for none is no sign of anything", async () => {
    const { client, transport, clock } = scripted();
    const call = watch(client.call("m").sync());
    await settle();
    transport.last.outcome(ACCEPTED);
    transport.last.frame(alive, SERVER);
    transport.last.items(0, [1]);
    transport.last.frame({ kind: "cancel" });
    clock.advance(1_110);
    await settle();
    expect(call.error).toMatchObject({
      code: "Timeout",
      message: expect.stringContaining("queued, as far as is known") as string,
    });
    expect([transport.frames, clock.timerCount]).toEqual([[], 0]);
  });

  it("of no call is dropped, and is no stray reply", async () => {
    const { client, transport } = scripted();
    const strays: unknown[] = [];
    client.on("stray", (event) => strays.push(event));
    void watch(client.call("m").sync());
    await settle();
    const request = transport.last;
    request.reply();
    request.frame(alive);
    transport.inbox.handler.onMessage({
      ...request.message,
      correlationId: "a stranger's",
      headers: new Map([["porthos-frame", "alive"]]),
    });
    await settle();
    expect(strays).toEqual([]);
  });
});

describe("a server", () => {
  it("hears from the stream's reader that it lives, and where it stands", async () => {
    const { transport, request, clock } = await begun({ window: 4 });
    request.items(0, ["a"]);
    clock.advance(5_000);
    expect(transport.frames).toMatchObject([
      { address: SERVER, frame: { kind: "alive", seq: undefined, credit: 4 } },
    ]);
    request.frame(alive);
    clock.advance(5_000);
    expect(told(transport.frames)).toEqual(["alive", "alive"]);
  });

  it.each<[string, (stream: Awaited<ReturnType<typeof begun>>) => void, string]>([
    ["falls silent", ({ clock }) => clock.advance(20_000), "has fallen silent"],
    ["gives the stream up", ({ request }) => request.frame({ kind: "cancel" }), "has given it up"],
    [
      "cannot be reached",
      ({ transport, clock }) => {
        transport.frameOutcome = UNROUTABLE;
        clock.advance(5_000);
      },
      "is gone",
    ],
    [
      "is lost, so that another begins the stream anew,",
      ({ request }) => {
        request.frame(alive, "server-2");
        request.items(0, ["a"]);
      },
      "was lost, and another one began anew",
    ],
  ])(
    "that %s ends a stream with Unavailable, executed maybe, after what has come",
    async (_, happen, why) => {
      const stream = await begun();
      const { items, request, clock } = stream;
      request.items(0, ["a", "b"]);
      happen(stream);
      await settle();
      expect(await items.next()).toEqual({ done: false, value: "b" });
      await expect(items.next()).rejects.toMatchObject({
        code: "Unavailable",
        executed: "maybe",
        message: expect.stringContaining(`S.m: the server that ran it ${why}`) as string,
      });
      expect(await items.next()).toEqual({ done: true, value: undefined });
      expect(clock.timerCount).toBe(0);
    },
  );

  it("that is taken for lost while it still runs, so that another begins beside it, ends a stream with Unavailable: neither has broken a rule", async () => {
    const { items, first, request, clock } = await begun();
    request.frame(alive, "server-2");
    request.items(0, ["a"]);
    await settle();
    expect(first.value).toEqual({ done: false, value: "a" });
    request.items(0, ["a", "b"]);
    await expect(items.next()).rejects.toMatchObject({
      code: "Unavailable",
      executed: "maybe",
      message: expect.stringContaining(
        "the server that ran it was lost, and another one began anew",
      ) as string,
    });
    expect(clock.timerCount).toBe(0);
  });

  it("is told that a stream is given up at the address that it named last", async () => {
    const { items, request, transport } = await begun();
    request.frame(alive, "server-1b");
    request.items(0, ["a"]);
    await items.return();
    await settle();
    expect(transport.frames).toMatchObject([{ address: "server-1b", frame: { kind: "cancel" } }]);
  });
});

describe("a lost reply address", () => {
  it("ends a stream after what has come, and its timers", async () => {
    const { items, request, transport, clock } = await begun();
    request.items(0, ["a", "b"]);
    transport.inbox.lose(connectionLost);
    await settle();
    expect(await items.next()).toEqual({ done: false, value: "b" });
    await expect(items.next()).rejects.toMatchObject({ code: "Unavailable", executed: "maybe" });
    expect(clock.timerCount).toBe(0);
  });

  it("ends one that no server had begun", async () => {
    const { first, transport, clock } = await opened();
    transport.inbox.lose(connectionLost);
    await settle();
    expect(first.error).toMatchObject({ code: "Unavailable", executed: "maybe" });
    expect(clock.timerCount).toBe(0);
  });
});
