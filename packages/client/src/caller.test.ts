import { getEventListeners } from "node:events";
import {
  ACCEPTED,
  type ClientCall,
  type ClientEvents,
  contextKey,
  type Extension,
  RpcError,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { connectionLost, type Scripted, scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";
import { createClient } from "./index.js";

type ClientPart = NonNullable<Extension["client"]>;

const extension = (client: ClientPart, name = "x"): Extension => ({ name, apiVersion: 1, client });

/** A call that was answered, and what was sent for it. */
async function answered({ client, transport }: Scripted, value: unknown = "answer") {
  const call = watch(client.call("m").withArgs(1).sync());
  await settle();
  const request = transport.last;
  request.reply(200, value);
  await settle();
  return { call, request };
}

describe("what is refused at once", () => {
  it("is one call more than maxPending, not executed, until another one has ended", async () => {
    const { client, transport, clock } = scripted({ maxPending: 2 });
    const calls = [client.call("a"), client.call("b"), client.call("c")].map((call) => watch(call.sync()));
    await settle();
    expect(calls.map(({ state }) => state)).toEqual(["pending", "pending", "rejected"]);
    expect(calls[2]?.error).toMatchObject({
      code: "Overloaded",
      status: 429,
      executed: "no",
      retryable: true,
    });
    expect(calls[2]?.error).toHaveProperty("message", "S.c: 2 calls are pending already (option maxPending)");
    expect(transport.sent).toHaveLength(2);
    transport.sent[0]?.reply();
    await settle();
    const next = watch(client.call("d").sync());
    await settle();
    expect(next.state).toBe("pending");
    await client.close();
    expect(clock.timerCount).toBe(0);
  });

  it("counts calls that wait for the connection, and one-way calls", async () => {
    const { client, transport } = scripted({ maxPending: 2 });
    transport.state = "down";
    void watch(client.call("a").sync());
    void watch(client.call("b").void());
    await expect(client.call("c").sync()).rejects.toMatchObject({ code: "Overloaded" });
    await client.close();
  });

  it("counts calls that extensions hold, too", async () => {
    const held = extension({ wrap: { phase: "user", run: () => new Promise(() => {}) } });
    const { client } = scripted({ maxPending: 2, extensions: [held] });
    void watch(client.call("a").sync());
    void watch(client.call("b").sync());
    await expect(client.call("c").sync()).rejects.toMatchObject({ code: "Overloaded" });
  });

  it("is a body larger than maxBodyBytes, before anything is opened", async () => {
    const { client, transport, clock } = scripted({ maxBodyBytes: 10 });
    const call = client.call("m").withBody(new Uint8Array(11));
    await expect(call.sync()).rejects.toMatchObject({
      code: "TooLarge",
      status: 413,
      executed: "no",
      retryable: false,
    });
    await expect(call.void()).rejects.toThrow("S.m: the request has 11 bytes; maxBodyBytes is 10");
    expect(transport).toMatchObject({ leases: 0, inboxes: [], sent: [] });
    expect(clock.timerCount).toBe(0);
    void watch(client.call("m").withBody(new Uint8Array(10)).sync());
    await settle();
    expect(transport.sent).toHaveLength(1);
  });

  it("is one whose headers are more than the other end takes, and the next one is sent", async () => {
    let count = 65;
    const adding = extension({
      wrap: {
        phase: "user",
        run: (call, next) => {
          const headers = new Map(Array.from({ length: count }, (_, n) => [`h${n}`, n]));
          return next({ ...call, request: { ...call.request, headers } });
        },
      },
    });
    const changing = extension({
      wire: {
        outgoing: (message) => ({ ...message, headers: new Map([["big", "x".repeat(17 * 1_024)]]) }),
      },
    });
    const { client, transport } = scripted({ extensions: [adding] });
    const refusal = { code: "TooLarge", executed: "no" };
    await expect(client.call("m").sync()).rejects.toMatchObject({
      ...refusal,
      message: "S.m: it was not sent: there are 65 headers; at most 64 are taken",
    });
    expect(transport.sent).toHaveLength(0);
    count = 64;
    void watch(client.call("m").sync());
    await settle();
    expect(transport.sent).toHaveLength(1);
    await client.close();
    const other = scripted({ extensions: [changing] });
    await expect(other.client.call("m").void()).rejects.toMatchObject(refusal);
    expect(other.transport.sent).toHaveLength(0);
    await other.client.close();
  });

  it("is a call of a closed client, which opens nothing and starts nothing", async () => {
    let starts = 0;
    const starting = extension({
      start: () => {
        starts++;
      },
    });
    for (const extensions of [[], [starting]]) {
      const { client, transport } = scripted({ extensions });
      await client.close();
      for (const call of [
        client.call("m").sync(),
        (await client.call("m").async()).response,
        client.call("m").void(),
      ]) {
        await expect(call).rejects.toMatchObject({
          code: "Closed",
          executed: "no",
          message: "S.m: the client is closed",
        });
      }
      expect(transport).toMatchObject({ leases: 0, inboxes: [], readyCalls: 0 });
    }
    expect(starts).toBe(0);
  });

  it("is a call over a closed transport, by service and method", async () => {
    for (const extensions of [[], [extension({})]]) {
      const { client, transport, clock } = scripted({ extensions });
      await transport.close();
      const call = client.call("m").sync();
      await expect(call).rejects.toMatchObject({ code: "Closed", executed: "no" });
      await expect(call).rejects.toThrow(/^S\.m: .*closed/);
      await client.close();
      expect(clock.timerCount).toBe(0);
    }
  });
});

describe("close", () => {
  it("ends the calls under way with Closed: executed maybe if they were sent, no if not", async () => {
    const { client, transport, clock } = scripted();
    const sent = watch(client.call("sent").sync());
    const oneWay = watch(client.call("log").void());
    await settle();
    transport.state = "down";
    const waiting = watch(client.call("waiting").sync());
    await settle();
    await client.close();
    await settle();
    expect(sent.error).toMatchObject({ code: "Closed", executed: "maybe" });
    expect(oneWay.error).toMatchObject({ code: "Closed", executed: "maybe" });
    expect(waiting.error).toMatchObject({ code: "Closed", executed: "no" });
    expect((sent.error as Error).message).toBe(
      "S.sent: the client was closed (after 0 ms, sent, not confirmed by the broker)",
    );
    expect(transport.inbox.closed).toBe(true);
    expect(transport.leases).toBe(0);
    expect(clock.timerCount).toBe(0);
  });

  it("leaves the calls of other clients alone", async () => {
    const { client, transport, clock } = scripted();
    const other = createClient({ transport, service: "T", timeoutMs: 1_000, clock });
    const call = watch(other.call("m").sync());
    void watch(client.call("m").sync());
    await settle();
    await client.close();
    transport.sent[0]?.reply();
    await settle();
    expect(call.state).toBe("resolved");
  });

  it("waits for the calls under way as long as it is told, and takes no more", async () => {
    const { client, transport, clock } = scripted();
    const calls = [client.call("a"), client.call("b")].map((call) => watch(call.sync()));
    await settle();
    const close = watch(client.close({ timeoutMs: 500 }));
    await expect(client.call("c").sync()).rejects.toMatchObject({ code: "Closed", executed: "no" });
    transport.sent[0]?.reply();
    clock.advance(499);
    await settle();
    expect([close.state, calls[0]?.state, calls[1]?.state]).toEqual(["pending", "resolved", "pending"]);
    clock.advance(1);
    await settle();
    expect(close.state).toBe("resolved");
    expect(calls[1]?.error).toMatchObject({ code: "Closed", executed: "maybe" });
    expect(clock.timerCount).toBe(0);
  });

  it("is done as soon as the last call has ended", async () => {
    const { client, transport, clock } = scripted();
    void watch(client.call("a").sync());
    await settle();
    const close = watch(client.close({ timeoutMs: 60_000 }));
    transport.last.reply();
    await settle();
    expect(close.state).toBe("resolved");
    expect(clock.timerCount).toBe(0);
  });

  it("waits for a call that an extension holds", async () => {
    let go: () => void = () => {};
    const held = extension({
      wrap: {
        phase: "retry",
        run: async (call, next) => {
          await new Promise<void>((resolve) => {
            go = resolve;
          });
          return next(call);
        },
      },
    });
    const { client, transport } = scripted({ extensions: [held] });
    const call = watch(client.call("m").sync());
    await settle();
    const close = watch(client.close({ timeoutMs: 500 }));
    await settle();
    expect(close.state).toBe("pending");
    go();
    await settle();
    expect(transport.sent).toHaveLength(1);
    transport.last.reply();
    await settle();
    expect([close.state, call.state]).toEqual(["resolved", "resolved"]);
  });

  it("is idempotent, and both promises resolve when it is done", async () => {
    const { client, transport } = scripted();
    void watch(client.call("a").sync());
    await settle();
    await Promise.all([client.close(), client.close()]);
    await client.close({ timeoutMs: 100 });
    expect(transport.leases).toBe(0);
  });

  it("has nothing to do before the first call", async () => {
    const { client, transport, clock } = scripted();
    await client.close();
    expect(transport).toMatchObject({ leases: 0, inboxes: [] });
    expect(clock.timerCount).toBe(0);
  });

  it("comes at the end of await using", async () => {
    const { client, transport } = scripted();
    {
      await using used = client;
      void watch(used.call("m").sync());
      await settle();
      expect(transport.leases).toBe(1);
    }
    expect(transport.leases).toBe(0);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 2_147_483_648, "1s"])(
    "refuses the time %s",
    (timeoutMs: unknown) => {
      const { client } = scripted();
      expect(() => client.close({ timeoutMs: timeoutMs as number })).toThrow(
        /^close: option "timeoutMs" must be/,
      );
    },
  );

  it("is not kept from its end by a transport that is closed already", async () => {
    const { client, transport, clock } = scripted();
    const call = watch(client.call("m").sync());
    await settle();
    await transport.close();
    transport.inbox.lose(connectionLost);
    await client.close();
    expect(call.state).toBe("rejected");
    expect(clock.timerCount).toBe(0);
  });
});

describe("events of a client", () => {
  it("tell of each call that it was handed over, and how it ended", async () => {
    const setup = scripted();
    const { client, transport, clock } = setup;
    const log: string[] = [];
    const ends: ClientEvents["settled"][] = [];
    client.on("sent", ({ call }) => log.push(`sent ${call.service}.${call.method} ${call.kind}`));
    client.on("settled", (end) => ends.push(end));
    const { call } = await answered(setup);
    expect(log).toEqual(["sent S.m call"]);
    expect(ends[0]).toMatchObject({
      elapsedMs: 0,
      error: undefined,
      call: { method: "m", timeoutMs: 1_000 },
    });
    expect(ends[0]?.response).toBe(call.value);
    const failed = watch(client.call("slow").sync());
    await settle();
    clock.advance(1_120);
    await settle();
    expect(ends[1]).toMatchObject({ elapsedMs: 1_120, response: undefined });
    expect(ends[1]?.error).toBe(failed.error);
    const oneWay = watch(client.call("log").void());
    await settle();
    transport.last.outcome(ACCEPTED);
    await settle();
    expect(oneWay.state).toBe("resolved");
    expect(ends[2]).toMatchObject({ call: { kind: "void" }, error: undefined });
    expect(ends).toHaveLength(3);
  });

  it("tell that a call was handed over when it was, and not when it could not be encoded", async () => {
    const sent: string[] = [];
    const encoders: ((fail: boolean) => void)[] = [];
    const slow = extension({
      wire: {
        outgoing: (message) =>
          new Promise((resolve, reject) => {
            encoders.push((fail) => (fail ? reject(new Error("no key")) : resolve(message)));
          }),
      },
    });
    const { client, transport } = scripted({ extensions: [slow] });
    client.on("sent", ({ call }) => sent.push(`${call.method} ${transport.sent.length}`));
    void watch(client.call("a").sync());
    await settle();
    void watch(client.call("b").sync());
    await settle();
    expect(sent).toEqual([]);
    encoders[0]?.(true);
    encoders[1]?.(false);
    await settle();
    expect(sent).toEqual(["b 0"]);
    await client.close();
  });

  it("tell of a call that was refused at once, too", async () => {
    const { client } = scripted({ maxBodyBytes: 1 });
    const ends: ClientEvents["settled"][] = [];
    client.on("settled", (end) => ends.push(end));
    await expect(client.call("m").withArgs(1).sync()).rejects.toThrow();
    expect(ends).toHaveLength(1);
    expect(ends[0]?.error).toMatchObject({ code: "TooLarge" });
  });

  it("harm no call when a listener throws", async () => {
    const setup = scripted();
    for (const event of ["sent", "settled"] as const) {
      setup.client.on(event, () => {
        throw new Error("broken listener");
      });
    }
    const { call } = await answered(setup);
    expect(call.state).toBe("resolved");
  });

  it("are not told any more to one who stopped listening", async () => {
    const setup = scripted();
    const stop = setup.client.on("settled", () => expect.unreachable());
    stop();
    expect((await answered(setup)).call.state).toBe("resolved");
  });
});

describe("extensions that wrap calls", () => {
  it("see the call, and its response, in the order of their phases", async () => {
    const log: string[] = [];
    const around = (name: string, phase: "retry" | "user"): Extension =>
      extension(
        {
          wrap: {
            phase,
            run: async (call, next) => {
              log.push(`> ${name} ${call.service}.${call.method}`);
              const response = await next(call);
              log.push(`< ${name} ${response.statusCode}`);
              return response;
            },
          },
        },
        name,
      );
    const setup = scripted({ extensions: [around("inner", "user"), around("outer", "retry")] });
    const { call } = await answered(setup);
    expect(call.value?.json()).toBe("answer");
    expect(log).toEqual(["> outer S.m", "> inner S.m", "< inner 200", "< outer 200"]);
  });

  it("may answer themselves: the caller gets a response like any other, and nothing is sent", async () => {
    const body = new TextEncoder().encode('"cached"');
    const cached = { statusCode: 200, contentType: "application/json", body, headers: undefined };
    const { client, transport } = scripted({
      extensions: [extension({ wrap: { phase: "cache", run: () => cached } })],
    });
    const response = await client.call("m").sync();
    expect(response.ok).toBe(true);
    expect(response.json()).toBe("cached");
    expect(response.headers.size).toBe(0);
    expect(transport.sent).toEqual([]);
  });

  it("may send again: each attempt is a message of its own, the call ends once", async () => {
    const retry = extension({
      wrap: {
        phase: "retry",
        run: async (call, next) => Promise.resolve(next(call)).catch(() => next(call)),
      },
    });
    const { client, transport, clock } = scripted({ extensions: [retry] });
    const ends: unknown[] = [];
    client.on("settled", (end) => ends.push(end));
    const call = watch(client.call("m").sync());
    await settle();
    transport.last.outcome({ kind: "unroutable" });
    await settle();
    expect(transport.sent).toHaveLength(2);
    expect(transport.sent[0]?.message.correlationId).not.toBe(transport.sent[1]?.message.correlationId);
    transport.last.reply();
    await settle();
    expect(call.state).toBe("resolved");
    expect(ends).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("may not send any more once the client has closed", async () => {
    const errors: unknown[] = [];
    const retry = extension({
      wrap: {
        phase: "retry",
        run: async (call, next) => {
          for (;;) {
            try {
              return await next(call);
            } catch (error) {
              errors.push((error as RpcError).message);
              if (errors.length === 3) throw error;
            }
          }
        },
      },
    });
    const { client, transport } = scripted({ extensions: [retry] });
    const call = watch(client.call("m").sync());
    await settle();
    await client.close();
    await settle();
    expect(call.error).toMatchObject({ code: "Closed", executed: "no" });
    expect(errors.slice(1)).toEqual(["S.m: the client is closed", "S.m: the client is closed"]);
    expect(transport.sent).toHaveLength(1);
  });

  it("may hand in a signal that many calls share: no call leaves a listener there", async () => {
    const { signal } = new AbortController();
    const shared = extension({ wrap: { phase: "user", run: (call, next) => next({ ...call, signal }) } });
    const setup = scripted({ extensions: [shared] });
    for (let i = 0; i < 20; i++) await answered(setup);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  it("may derive another call: its body, headers and timeout travel", async () => {
    const derive = (call: ClientCall): ClientCall => ({
      ...call,
      timeoutMs: 200,
      request: { ...call.request, body: Uint8Array.of(7), headers: new Map([["porthos-token", "t"]]) },
    });
    const setup = scripted({
      extensions: [extension({ wrap: { phase: "auth", run: (call, next) => next(derive(call)) } })],
    });
    const { request } = await answered(setup);
    expect(request.message).toMatchObject({ body: Uint8Array.of(7), ttlMs: 200 });
    expect(Object.fromEntries(request.message.headers)).toEqual({ "X-Method": "m", "porthos-token": "t" });
  });

  it("find what they have set on a call when it ends, however it does: the first call and later ones", async () => {
    const key = contextKey<string>("span");
    const seen: unknown[] = [];
    const tracing = extension({
      wrap: {
        phase: "trace",
        run: (call, next) => {
          key.set(call, call.method);
          return call.method === "hang" ? new Promise(() => {}) : next({ ...call });
        },
      },
      observe: { settled: ({ call, error }) => seen.push([key.of(call), error?.code]) },
    });
    const setup = scripted({ extensions: [tracing] });
    const hung = watch(setup.client.call("hang").sync());
    await answered(setup);
    setup.clock.advance(1_160);
    await settle();
    expect(hung.state).toBe("rejected");
    expect(seen).toEqual([
      ["m", undefined],
      ["hang", "Timeout"],
    ]);
  });

  it("do not keep a call from its deadline, even if they hang", async () => {
    const hanging = extension({ wrap: { phase: "user", run: () => new Promise(() => {}) } });
    const { client, clock } = scripted({ extensions: [hanging] });
    const call = watch(client.call("m").sync());
    await settle();
    clock.advance(1_160);
    await settle();
    expect(call.error).toMatchObject({
      code: "Timeout",
      executed: "maybe",
      message: "S.m: no answer within 1000 ms (held by an extension)",
    });
    expect(clock.timerCount).toBe(0);
  });

  it("do not keep a call from its end when its caller gives up, or the client closes", async () => {
    const hanging = extension({ wrap: { phase: "user", run: () => new Promise(() => {}) } });
    const { client, clock } = scripted({ extensions: [hanging] });
    const controller = new AbortController();
    const cancelled = watch(client.call("m").withSignal(controller.signal).sync());
    const closed = watch(client.call("m").sync());
    await settle();
    controller.abort();
    clock.advance(160);
    await settle();
    expect(cancelled.error).toMatchObject({ code: "Cancelled", executed: "maybe" });
    await client.close();
    expect(closed.error).toMatchObject({ code: "Closed", executed: "maybe" });
    expect(clock.timerCount).toBe(0);
  });

  it("end the call with the RpcError that they throw, as it is", async () => {
    const refusal = new RpcError("Overloaded", "the breaker is open", { executed: "no" });
    const throwing = extension({
      wrap: {
        phase: "breaker",
        run: () => {
          throw refusal;
        },
      },
    });
    const { client } = scripted({ extensions: [throwing] });
    await expect(client.call("m").sync()).rejects.toBe(refusal);
  });

  it.each([
    ["an error", new Error("no such key")],
    ["a text", "no such key"],
  ])("end the call with Config, by service and method, when they throw %s", async (_, thrown: unknown) => {
    const rejecting = extension({ wrap: { phase: "user", run: () => Promise.reject(thrown) } });
    const { client } = scripted({ extensions: [rejecting] });
    await expect(client.call("m").sync()).rejects.toMatchObject({
      code: "Config",
      executed: "no",
      message: "S.m: extension x failed: no such key",
      cause: thrown,
    });
  });

  it("have no more time than the call: what they let through late is sent with what is left, and not at all after that", async () => {
    for (const [waitMs, ttlMs] of [
      [400, 600],
      [1_100, undefined],
    ] as const) {
      let go = (): void => {};
      const waiting = extension({
        wrap: {
          phase: "auth",
          run: async (call, next) => {
            await new Promise<void>((resolve) => {
              go = resolve;
            });
            return next(call);
          },
        },
      });
      const { client, transport, clock } = scripted({ extensions: [waiting] });
      const call = watch(client.call("m").withTimeout(1_000).sync());
      await settle();
      clock.advance(waitMs);
      go();
      await settle();
      expect(transport.sent.at(-1)?.message.ttlMs).toBe(ttlMs);
      clock.advance(1_200);
      await settle();
      expect(call.error).toMatchObject({ code: "Timeout", executed: ttlMs === undefined ? "no" : "maybe" });
      await client.close();
      expect(clock.timerCount).toBe(0);
    }
  });

  it("that give nothing, and drop what is further in, fail their call by their name and harm nothing else", async () => {
    const forgetful = extension({
      wrap: {
        phase: "user",
        run: (call, next) => {
          void next(call);
          return undefined as never;
        },
      },
    });
    const { client, transport } = scripted({ extensions: [forgetful] });
    const call = watch(client.call("m").sync());
    await settle();
    expect((call.error as Error).message).toBe(
      "S.m: extension x failed: it answered with no response: return what next(call) gives",
    );
    expect(transport.sent).toHaveLength(1);
    // What it dropped ends now: an uncaught rejection would fail this run.
    await client.close();
    await settle();
  });

  it("find what they have set on a call in the event of its end, though others further out have derived it", async () => {
    const key = contextKey<string>("key");
    const found: unknown[] = [];
    const deriving = extension(
      { wrap: { phase: "trace", run: (call, next) => next({ ...call }) } },
      "deriving",
    );
    const setting = extension(
      {
        observe: { settled: ({ call }) => void found.push(key.of(call)) },
        wrap: {
          phase: "trace",
          run: (call, next) => {
            key.set(call, "set");
            return next({ ...call });
          },
        },
      },
      "setting",
    );
    const { client, transport } = scripted({ extensions: [deriving, setting] });
    const call = watch(client.call("m").sync());
    await settle();
    transport.last.reply();
    await settle();
    expect([call.state, found]).toEqual(["resolved", ["set"]]);
  });
});

describe("extensions that wrap messages", () => {
  it("change what goes out and what comes in, at once or later", async () => {
    for (const later of [false, true]) {
      const mark = <T>(value: T): T | Promise<T> => (later ? Promise.resolve(value) : value);
      const wire = extension({
        wire: {
          outgoing: (message) => mark({ ...message, contentType: "sealed" }),
          incoming: (message) => mark({ ...message, body: new TextEncoder().encode('"opened"') }),
        },
      });
      const { call, request } = await answered(scripted({ extensions: [wire] }));
      expect(request.message.contentType).toBe("sealed");
      expect(call.value?.json()).toBe("opened");
    }
  });

  it("do not see the broker's word on a one-way call as a reply", async () => {
    const wire = extension({ wire: { incoming: () => expect.unreachable() } });
    const { client, transport } = scripted({ extensions: [wire] });
    const call = watch(client.call("m").void());
    await settle();
    transport.last.outcome(ACCEPTED);
    await settle();
    expect(call.state).toBe("resolved");
  });

  it.each([
    ["throws", () => raise(new Error("no key"))],
    ["rejects", () => Promise.reject(new Error("no key"))],
  ])(
    "end the call with BadRequest, not executed, when encoding %s",
    async (_, outgoing: () => Promise<never>) => {
      const { client, transport, clock } = scripted({ extensions: [extension({ wire: { outgoing } })] });
      for (const call of [client.call("m").sync(), client.call("m").void()]) {
        await expect(call).rejects.toMatchObject({
          code: "BadRequest",
          executed: "no",
          cause: { message: "no key" },
        });
      }
      expect(transport.sent).toEqual([]);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("end the call with the RpcError that encoding throws", async () => {
    const outgoing = (): never => raise(new RpcError("TooLarge", "it compresses badly"));
    const { client } = scripted({ extensions: [extension({ wire: { outgoing } })] });
    await expect(client.call("m").sync()).rejects.toMatchObject({
      code: "TooLarge",
      message: "it compresses badly",
    });
  });

  it.each([
    ["throws", () => raise(new Error("wrong signature"))],
    ["rejects", () => Promise.reject(new Error("wrong signature"))],
  ])("end the call with BadReply, executed, when decoding %s", async (_, incoming: () => Promise<never>) => {
    const { call } = await answered(scripted({ extensions: [extension({ wire: { incoming } })] }));
    expect(call.error).toMatchObject({
      code: "BadReply",
      executed: "yes",
      cause: { message: "wrong signature" },
    });
    expect((call.error as Error).message).toMatch(/^S\.m: an extension failed to decode the reply/);
  });

  it("end the call with the RpcError that decoding throws", async () => {
    const incoming = (): never => raise(new RpcError("BadReply", "wrong signature"));
    const { call } = await answered(scripted({ extensions: [extension({ wire: { incoming } })] }));
    expect(call.error).toMatchObject({ code: "BadReply", message: "wrong signature" });
  });

  it("do not keep a call from its deadline while they encode", async () => {
    const never = extension({ wire: { outgoing: () => new Promise(() => {}) } });
    const { client, clock } = scripted({ extensions: [never] });
    const call = watch(client.call("m").sync());
    await settle();
    clock.advance(1_010);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout", executed: "no" });
    expect(clock.timerCount).toBe(0);
  });

  it("do not keep a call from its deadline while they decode", async () => {
    const never = extension({ wire: { incoming: () => new Promise(() => {}) } });
    const setup = scripted({ extensions: [never] });
    const { call } = await answered(setup);
    setup.clock.advance(1_160);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout" });
  });

  it("encode again what was encoded for a reply address that is gone by then", async () => {
    const encoders: (() => void)[] = [];
    const slow = extension({
      wire: { outgoing: (message) => new Promise((resolve) => encoders.push(() => resolve(message))) },
    });
    const { client, transport } = scripted({ extensions: [slow] });
    const calls = [client.call("a"), client.call("b")].map((call) => watch(call.sync()));
    await settle();
    transport.inbox.lose(connectionLost);
    encoders[0]?.();
    await settle();
    expect(transport.sent).toEqual([]);
    transport.inbox.open();
    encoders[1]?.();
    await settle();
    for (const encoded of encoders.slice(2)) encoded();
    await settle();
    expect(transport.sent.map(({ message }) => message.replyTo)).toEqual(["inbox-1.2", "inbox-1.2"]);
    for (const request of transport.sent) request.reply();
    await settle();
    expect(calls.map(({ state }) => state)).toEqual(["resolved", "resolved"]);
  });
});

describe("a call that is cancelled while an extension holds it", () => {
  it("is not sent any more", async () => {
    let go: () => void = () => {};
    const held = extension({
      wrap: {
        phase: "limit",
        run: async (call, next) => {
          await new Promise<void>((resolve) => {
            go = resolve;
          });
          return next(call);
        },
      },
    });
    const { client, transport, clock } = scripted({ extensions: [held] });
    const slot = await client.call("m").async();
    await settle();
    slot.cancel();
    go();
    await expect(slot.response).rejects.toMatchObject({ code: "Cancelled", executed: "no" });
    expect(transport.sent).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });
});

describe("what extensions observe", () => {
  it("is every call; one that throws is reported and harms none", async () => {
    const failure = new Error("broken observer");
    const errors: ClientEvents["extensionError"][] = [];
    const heard: string[] = [];
    const broken = extension({ observe: { settled: () => raise(failure) } }, "broken");
    const fine = extension(
      {
        observe: {
          sent: () => heard.push("sent"),
          settled: ({ response }) => heard.push(`settled ${response?.statusCode}`),
          extensionError: (error) => errors.push(error),
        },
      },
      "fine",
    );
    const { call } = await answered(scripted({ extensions: [broken, fine] }));
    expect(call.state).toBe("resolved");
    expect(heard).toEqual(["sent", "settled 200"]);
    expect(errors).toEqual([{ extension: "broken", during: "settled", error: failure }]);
  });

  it("includes the calls that end because the client is closed, before the extension is stopped", async () => {
    const log: string[] = [];
    const observing = extension({
      observe: { settled: ({ error }) => log.push(`settled ${error?.code}`) },
      stop: () => {
        log.push("stop");
      },
    });
    const { client, transport, clock } = scripted({ extensions: [observing] });
    // Another client keeps the inbox open, so that closing waits for nothing.
    const other = createClient({ transport, service: "T", clock });
    void watch(other.call("m").sync());
    void watch(client.call("m").sync());
    await settle();
    await client.close();
    await settle();
    expect(log).toEqual(["settled Closed", "stop"]);
  });
});

function raise(thrown: unknown): never {
  throw thrown;
}
