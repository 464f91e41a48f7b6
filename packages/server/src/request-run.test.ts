import { inspect } from "node:util";
import {
  contextKey,
  type Extension,
  type HeaderValue,
  type Message,
  Refusal,
  RpcError,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { describe, expect, it, vi } from "vitest";
import { callId, oneWay, request, serving } from "../test/setup.js";
import { settle } from "../test/watch.js";
import type { Handler } from "./index.js";

const extension = (server: NonNullable<Extension["server"]>, name = "x"): Extension => ({
  name,
  apiVersion: 1,
  server,
});

const names = (events: readonly { readonly name: string }[]): string[] => events.map(({ name }) => name);

/** A handler that never ends, and what it got. */
function endless() {
  const signals: AbortSignal[] = [];
  return {
    signals,
    handler: (incoming: { readonly signal: AbortSignal }) => {
      signals.push(incoming.signal);
      return new Promise(() => {});
    },
  };
}

describe("a request that cannot run", () => {
  it.each<[string, HeaderValue | undefined]>([
    ["no method", undefined],
    ["an empty method", ""],
    ["a number for a method", 7],
    ["null for a method", null],
    ["a table for a method", { name: "m" }],
    ["an array for a method", ["m"]],
    ["bytes for a method", Uint8Array.of(109)],
    ["a method of 201 characters", "m".repeat(201)],
    ["a method of 64 kB", "m".repeat(65_536)],
  ])("is answered 400: %s", async (_, method) => {
    const handler = vi.fn();
    const { deliver, transport, events } = await serving(handler);
    const delivery = deliver({ method });
    expect(transport.last.json).toMatchObject({ status: 400, title: "Bad request", executed: "no" });
    expect(delivery.settled).toBe("accept");
    expect(names(events)).toEqual(["refused"]);
    expect(events[0]?.event).toMatchObject({
      service: "S",
      reason: "it names no method",
      response: { statusCode: 400 },
    });
    expect(handler).not.toHaveBeenCalled();
  });

  it.each(["unknown", "M", "m ", "__proto__", "constructor", "prototype", "toString", "hasOwnProperty"])(
    "is answered 404 at once, with no list of methods: %j",
    async (method) => {
      const { deliver, transport, events, server } = await serving(() => {});
      server.register("secretMethod", () => {});
      const delivery = deliver({ method });
      expect(transport.last.json).toMatchObject({ status: 404, title: "Method not found", executed: "no" });
      expect(transport.last.text).not.toContain("secretMethod");
      expect(delivery.settled).toBe("accept");
      expect(events[0]).toMatchObject({ name: "refused", event: { reason: "unknown method" } });
    },
  );

  it("may have run before where it was delivered before, whatever it is refused for here", async () => {
    const refusing = extension({
      wrap: {
        phase: "limit",
        run: (call, next) => {
          if (call.method === "m") throw new Refusal(429, "too often");
          return next(call);
        },
      },
    });
    const { deliver, transport, events } = await serving(() => {}, {
      maxBodyBytes: 100,
      extensions: [refusing],
    });
    for (const [init, status] of [
      [{ method: "unknown" }, 404],
      [{ body: new Uint8Array(101) }, 413],
      [{}, 429],
    ] as const) {
      deliver(init, true);
      await settle();
      expect(transport.last.json).toMatchObject({ status, executed: "maybe" });
      expect(transport.last.message.headers.get("statusCode")).toBe(status);
    }
    expect(names(events)).not.toContain("handlerError");
  });

  it("is answered 413 when it is larger than maxBodyBytes, and runs when it is just as large", async () => {
    const handler = vi.fn();
    const { deliver, transport, events } = await serving(handler, { maxBodyBytes: 100 });
    deliver({ body: new Uint8Array(101) });
    expect(transport.last.json).toEqual({
      status: 413,
      title: "Request too large",
      detail: "the request has 101 bytes; the limit is 100",
      executed: "no",
    });
    expect(events[0]).toMatchObject({ name: "refused", event: { reason: "too large" } });
    expect(handler).not.toHaveBeenCalled();
    deliver({ body: new Uint8Array(100) });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it("is answered 400 when its headers are too many or too large, and runs with 64 beside the wire's own", async () => {
    const handler = vi.fn();
    const { deliver, transport, events } = await serving(handler);
    const many = (count: number) => new Map(Array.from({ length: count }, (_, n) => [`secret-${n}`, n]));
    for (const headers of [many(65), new Map([["secret-0", "x".repeat(17 * 1_024)]])]) {
      const delivery = deliver({ headers });
      expect(transport.last.json).toMatchObject({ status: 400, title: "Bad request", executed: "no" });
      expect(transport.last.text).not.toContain("secret");
      expect(delivery.settled).toBe("accept");
    }
    expect(events[0]).toMatchObject({ name: "refused", event: { reason: "its headers are too much" } });
    expect(handler).not.toHaveBeenCalled();
    deliver({ headers: many(64) });
    expect(handler).toHaveBeenCalledTimes(1);
  });

  it("gets none of its headers back, whatever becomes of it", async () => {
    const handlers: Handler[] = [
      () => 1,
      () => {
        throw new Error("no");
      },
      (request) => request.json(),
    ];
    for (const handler of handlers) {
      const { deliver, transport } = await serving(handler);
      const headers = new Map([["x-forwarded", "him"]]);
      deliver({ headers });
      deliver({ headers, method: "unknown" });
      deliver({ headers, body: Uint8Array.of(0xff), contentType: "application/json" });
      expect(transport.replies.map(({ message }) => [...message.headers.keys()])).toEqual(
        Array(3).fill(["statusCode"]),
      );
    }
  });

  it("is answered 500 when its handler's headers are too much, which is the handler's error", async () => {
    const { deliver, transport, events } = await serving((request, response) => {
      for (let n = 0; n < request.json<number>(); n++) response.headers.set(`h${n}`, n);
      response.empty(200);
    });
    deliver({ json: 65 });
    expect(transport.last.status).toBe(500);
    expect(events.find(({ name }) => name === "handlerError")).toMatchObject({
      event: { error: { code: "TooLarge", message: expect.stringContaining("65 headers") } },
    });
    deliver({ json: 64 });
    expect(transport.last.status).toBe(200);
  });

  it("is acknowledged without an answer if nobody asked for one", async () => {
    const { deliver, transport } = await serving(() => {}, { maxBodyBytes: 1 });
    const deliveries = [
      deliver({ ...oneWay, method: undefined }),
      deliver({ ...oneWay, method: "unknown" }),
      deliver({ ...oneWay, body: new Uint8Array(2) }),
      deliver({ ...oneWay, body: Uint8Array.of(0xff), contentType: "application/json" }),
    ];
    expect(deliveries.map(({ settled }) => settled)).toEqual(["accept", "accept", "accept", "accept"]);
    expect(transport.replies).toEqual([]);
  });
});

describe("a one-way request", () => {
  it("runs, and is acknowledged when it has run, whatever became of it", async () => {
    let end: (error?: Error) => void = () => {};
    const { deliver, transport, events, clock } = await serving(
      () =>
        new Promise<void>((resolve, reject) => {
          end = (error) => (error === undefined ? resolve() : reject(error));
        }),
    );
    for (const error of [undefined, new Error("no database")]) {
      const delivery = deliver(oneWay);
      expect(delivery.settled).toBeUndefined();
      end(error);
      await settle();
      expect(delivery.settled).toBe("accept");
    }
    expect(transport.replies).toEqual([]);
    expect(names(events)).toEqual(["incoming", "outgoing", "incoming", "handlerError", "outgoing"]);
    expect(events[0]?.event).toMatchObject({ call: { kind: "void", deadlineMs: undefined } });
    expect(clock.timerCount).toBe(0);
  });

  it("may have a correlation id, which answers nobody", async () => {
    const { deliver, transport } = await serving(() => {});
    expect(deliver({ replyTo: undefined }).settled).toBe("accept");
    expect(transport.replies).toEqual([]);
  });

  it("is answered without a correlation id if it has only a reply address", async () => {
    const { deliver, transport } = await serving(() => {});
    deliver({ correlationId: undefined });
    expect(transport.last).toMatchObject({
      address: "inbox",
      status: 204,
      message: { correlationId: undefined },
    });
  });
});

describe("the order of things", () => {
  it("is run, answer confirmed, acknowledge: a request that may be lost is delivered again", async () => {
    const { deliver, transport } = await serving(() => {
      transport.log.push("run");
    });
    transport.holdReplies = true;
    deliver();
    expect(transport.log).toEqual(["run", "reply 204"]);
    transport.last.outcome({ kind: "accepted" });
    expect(transport.log).toEqual(["run", "reply 204", "accept"]);
  });

  it("is acknowledge, run, answer with autoAck: a request runs at most once", async () => {
    const { deliver, transport } = await serving(
      () => {
        transport.log.push("run");
      },
      { autoAck: true },
    );
    deliver();
    deliver(oneWay);
    expect(transport.log).toEqual(["accept", "run", "reply 204", "accept", "run"]);
  });
});

describe("a deadline", () => {
  it("that is over while the request waits for a slot: 504, not executed, and it does not run", async () => {
    let end: () => void = () => {};
    const ran: unknown[] = [];
    const { deliver, transport, clock, events } = await serving(
      (incoming) => {
        ran.push(incoming.json());
        return new Promise<void>((resolve) => {
          end = resolve;
        });
      },
      { maxInFlight: 1, autoAck: true },
    );
    deliver({ json: "first" });
    const waiting = deliver({ json: "second", ttlMs: 100, correlationId: "id-2" });
    clock.advance(100);
    end();
    await settle();
    expect(ran).toEqual(["first"]);
    expect(transport.last.message.correlationId).toBe("id-2");
    expect(transport.last.json).toEqual({
      type: "urn:porthos:timeout",
      status: 504,
      title: "Request expired",
      detail: "its time was over before it could run",
      executed: "no",
    });
    expect(waiting.settled).toBe("accept");
    expect(names(events)).toContain("expired");
    expect(events.find(({ name }) => name === "expired")?.event).toMatchObject({ call: { method: "m" } });
    expect(clock.timerCount).toBe(0);
  });

  it("that passes in the queue says nothing of whether it ran, if it was delivered before: that server may have run it", async () => {
    const { deliver, transport, clock } = await serving(() => new Promise(() => {}), { maxInFlight: 1 });
    deliver({ correlationId: "id-1", ttlMs: 100 });
    deliver({ correlationId: "id-2", ttlMs: 100 }, true);
    clock.advance(110);
    expect(transport.last.message.correlationId).toBe("id-2");
    expect(transport.last.json).toMatchObject({ title: "Request expired", executed: "maybe" });
  });

  it("that passes while the handler runs: 504, executed; its signal is aborted, its slot is free", async () => {
    const { handler, signals } = endless();
    const { deliver, transport, clock } = await serving(handler, { maxInFlight: 1 });
    const delivery = deliver({ ttlMs: 100 });
    clock.advance(99);
    expect(transport.replies).toEqual([]);
    expect(signals[0]?.aborted).toBe(false);
    clock.advance(11);
    expect(transport.last.json).toEqual({
      type: "urn:porthos:timeout",
      status: 504,
      title: "Deadline passed",
      detail: "the handler did not finish in time",
      executed: "yes",
    });
    expect(delivery.settled).toBe("accept");
    expect(signals[0]?.aborted).toBe(true);
    expect(clock.timerCount).toBe(0);
    deliver();
    expect(signals).toHaveLength(2);
  });

  it("drops what the handler answers, or throws, after it", async () => {
    const ends: ((error?: Error) => void)[] = [];
    const { deliver, transport, clock } = await serving(
      () =>
        new Promise<void>((resolve, reject) =>
          ends.push((error) => (error === undefined ? resolve() : reject(error))),
        ),
    );
    deliver({ ttlMs: 100 });
    deliver({ ttlMs: 100 });
    clock.advance(110);
    ends[0]?.();
    ends[1]?.(new Error("aborted"));
    await settle();
    expect(transport.replies.map(({ status }) => status)).toEqual([504, 504]);
  });

  it("counts from the arrival, the wait for a slot included", async () => {
    let end: () => void = () => {};
    const { deliver, transport, clock } = await serving(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
      { maxInFlight: 1, autoAck: true },
    );
    deliver();
    deliver({ ttlMs: 100, correlationId: "id-2" });
    clock.advance(60);
    end();
    await settle();
    clock.advance(39);
    expect(transport.replies).toHaveLength(1);
    clock.advance(11);
    expect(transport.last).toMatchObject({ status: 504, message: { correlationId: "id-2" } });
  });

  it("is not noticed when the handler has answered in time", async () => {
    const { deliver, transport, clock } = await serving(async (incoming) => {
      const { signal } = incoming;
      await settle();
      return signal.aborted;
    });
    deliver({ ttlMs: 100 });
    await settle();
    expect(transport.last.json).toBe(false);
    clock.advance(1_000);
    expect(transport.replies).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("does not abort the signal of a handler that has answered, while the answer is on its way", async () => {
    const signals: AbortSignal[] = [];
    const { deliver, transport, clock } = await serving((incoming) => {
      signals.push(incoming.signal);
    });
    transport.holdReplies = true;
    deliver({ ttlMs: 100 });
    clock.advance(200);
    expect(signals[0]?.aborted).toBe(false);
    expect(transport.replies).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("of a handler that asks late for its signal is seen there", async () => {
    let ask: () => AbortSignal = () => AbortSignal.abort();
    const { deliver, clock } = await serving((incoming) => {
      ask = () => incoming.signal;
      return new Promise(() => {});
    });
    deliver({ ttlMs: 100 });
    clock.advance(110);
    expect(ask().aborted).toBe(true);
  });

  it("does not depend on the machine's clock, which may jump", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 0 });
    const { deliver, transport, clock } = await serving(() => new Promise(() => {}));
    deliver({ ttlMs: 100 });
    vi.setSystemTime(10 * 365 * 86_400_000);
    clock.advance(50);
    expect(transport.replies).toEqual([]);
    vi.setSystemTime(0);
    clock.advance(60);
    expect(transport.last.status).toBe(504);
    vi.useRealTimers();
  });
});

describe("events of a server", () => {
  it("tell of a request before it runs, and of its answer and time after", async () => {
    let end: (value: unknown) => void = () => {};
    const { deliver, events, clock } = await serving(
      () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    );
    deliver({ json: [1], ttlMs: 500 }, true);
    expect(names(events)).toEqual(["incoming"]);
    clock.advance(30);
    end("answer");
    await settle();
    expect(names(events)).toEqual(["incoming", "outgoing"]);
    const [before, after] = events.map(({ event }) => event as ServerEvents["outgoing"]);
    if (before === undefined || after === undefined) throw new Error("an event is missing");
    const { call, response, elapsedMs } = after;
    expect(call).toBe(before.call);
    expect(call).toMatchObject({
      service: "S",
      method: "m",
      kind: "call",
      redelivered: true,
      deadlineMs: 500,
    });
    expect(call.request).toMatchObject({ method: "m", contentType: "application/json" });
    expect(response).toMatchObject({ statusCode: 200 });
    expect(elapsedMs).toBe(30);
  });

  it("harm no request when a listener throws", async () => {
    const { deliver, server, transport } = await serving(() => "answer");
    for (const event of ["incoming", "outgoing", "refused", "handlerError"] as const) {
      server.on(event, () => {
        throw new Error("broken listener");
      });
    }
    deliver();
    deliver({ method: "unknown" });
    expect(transport.replies.map(({ status }) => status)).toEqual([200, 404]);
  });
});

describe("extensions around a handler", () => {
  it("may answer themselves, in time or late", async () => {
    const cached = { statusCode: 203, contentType: undefined, body: new Uint8Array(0), headers: undefined };
    for (const answer of [cached, Promise.resolve(cached)]) {
      const handler = vi.fn();
      const cache = extension({ wrap: { phase: "cache", run: () => answer } });
      const { deliver, transport } = await serving(handler, { extensions: [cache] });
      deliver();
      await settle();
      expect(transport.last.status).toBe(203);
      expect(handler).not.toHaveBeenCalled();
    }
  });

  it("may refuse with a status of their own, whose message the caller reads", async () => {
    const refusal = new Refusal(429, "100 requests a minute");
    for (const run of [() => raise(refusal), () => Promise.reject(refusal)]) {
      const limit = extension({ wrap: { phase: "limit", run } });
      const { deliver, transport } = await serving(() => {}, { extensions: [limit] });
      const delivery = deliver();
      await settle();
      expect(transport.last.json).toEqual({
        type: "urn:porthos:overloaded",
        status: 429,
        title: "Overloaded",
        detail: "100 requests a minute",
        executed: "no",
      });
      expect(delivery.settled).toBe("accept");
    }
  });

  it("say when to come again, and name the kind of refusal themselves", async () => {
    const refusal = new Refusal(403, "not for guests", { title: "Members only", retryAfterMs: 1_500 });
    const auth = extension({ wrap: { phase: "auth", run: () => raise(refusal) } });
    const { deliver, transport } = await serving(() => {}, { extensions: [auth] });
    deliver();
    await settle();
    expect(transport.last.json).toEqual({
      status: 403,
      title: "Members only",
      detail: "not for guests",
      executed: "no",
    });
    expect(transport.last.message.headers?.get("Retry-After")).toBe(2);
  });

  it("are answered for with 500, without the reason and executed maybe, when they throw anything else", async () => {
    const inner = new RpcError("Remote", "s3cret of another service", { status: 403, executed: "no" });
    for (const error of [new Error("s3cret"), inner, "s3cret"])
      for (const run of [() => raise(error), () => Promise.reject(error)]) {
        const broken = extension({ wrap: { phase: "auth", run } });
        const { deliver, transport, events } = await serving(() => {}, { extensions: [broken] });
        const delivery = deliver();
        await settle();
        expect(transport.last.json).toEqual({ status: 500, title: "Internal error", executed: "maybe" });
        expect(delivery.settled).toBe("accept");
        expect(events.find(({ name }) => name === "extensionError")?.event).toEqual({
          extension: broken.name,
          during: "wrap",
          error,
        });
      }
  });

  it.each([
    ["nothing", () => undefined],
    ["nothing, later", async () => undefined],
    ["what is no response", () => ({ status: 200 })],
    ["what is no response, later", async () => ({ status: 200 })],
  ])("are answered for with 500 when they answer %s", async (_, run) => {
    const broken = extension({ wrap: { phase: "user", run: run as never } });
    const { deliver, transport, server } = await serving(() => {}, { extensions: [broken], maxInFlight: 1 });
    const delivery = deliver();
    await settle();
    expect(transport.last.status).toBe(500);
    expect(delivery.settled).toBe("accept");
    await server.shutdown();
  });

  it("that hold a request until its time is over keep its handler from running: it ends as expired, not executed", async () => {
    for (const end of ["deadline", "cancel", "limit"] as const) {
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
      const handler = vi.fn();
      const { deliver, transport, clock, giveUp, events } = await serving(handler, {
        extensions: [waiting],
        maxHandlerTimeMs: 500,
      });
      const id = callId(1);
      deliver({ correlationId: id, ttlMs: end === "limit" ? 1_000 : 100 });
      await settle();
      if (end === "cancel") giveUp(id);
      else clock.advance(600);
      go();
      await settle();
      expect(handler).not.toHaveBeenCalled();
      expect(transport.replies.map(({ json }) => (json as { executed: string }).executed)).toEqual(
        end === "cancel" ? [] : ["no"],
      );
      expect(names(events)).toContain({ deadline: "expired", cancel: "cancelled", limit: "stuck" }[end]);
      expect(clock.timerCount).toBe(0);
    }
  });

  it("that hang hold no slot longer than the request's time", async () => {
    const hanging = extension({ wrap: { phase: "user", run: () => new Promise(() => {}) } });
    const { deliver, transport, clock } = await serving(() => {}, { extensions: [hanging] });
    const delivery = deliver({ ttlMs: 100 });
    clock.advance(110);
    expect(transport.last.status).toBe(504);
    expect(delivery.settled).toBe("accept");
    expect(clock.timerCount).toBe(0);
  });
});

describe("extensions around messages", () => {
  const change = (message: Message): Message => ({ ...message, body: new TextEncoder().encode('"changed"') });

  it("change what comes in and what goes out, at once or later", async () => {
    for (const later of [false, true]) {
      const maybeLater = (message: Message) => (later ? Promise.resolve(change(message)) : change(message));
      const seen: unknown[] = [];
      const wire = extension({ wire: { incoming: maybeLater, outgoing: maybeLater } });
      const { deliver, transport } = await serving((incoming) => void seen.push(incoming.json()), {
        extensions: [wire],
      });
      const delivery = deliver({ json: "original" });
      await settle();
      expect(seen).toEqual(["changed"]);
      expect(transport.last.json).toBe("changed");
      expect(delivery.settled).toBe("accept");
    }
  });

  it.each([
    ["throw", () => raise(new Error("s3cret"))],
    ["reject", () => Promise.reject(new Error("s3cret"))],
  ])("are answered for with 500, not executed, when they %s while decoding", async (_, incoming) => {
    const handler = vi.fn();
    const { deliver, transport, events } = await serving(handler, {
      extensions: [extension({ wire: { incoming } })],
    });
    const delivery = deliver();
    await settle();
    expect(transport.last.json).toEqual({ status: 500, title: "Internal error", executed: "no" });
    expect(delivery.settled).toBe("accept");
    expect(names(events)).toContain("refused");
    expect(handler).not.toHaveBeenCalled();
  });

  it("refuse a request that they cannot decode, in their own words", async () => {
    const incoming = (): never => raise(new Refusal(400, "wrong signature"));
    const { deliver, transport } = await serving(() => {}, {
      extensions: [extension({ wire: { incoming } })],
    });
    deliver();
    await settle();
    expect(transport.last.json).toMatchObject({ status: 400, detail: "wrong signature", executed: "no" });
  });

  it.each([
    ["throw", () => raise(new Error("s3cret"))],
    ["reject", () => Promise.reject(new Error("s3cret"))],
    ["give nothing", () => undefined as never],
    ["give nothing, later", () => Promise.resolve(undefined as never)],
  ])("are answered for with a plain 500 when they %s while encoding", async (_, outgoing) => {
    const { deliver, transport, server } = await serving(() => "s3cret", {
      extensions: [extension({ wire: { outgoing } })],
    });
    const delivery = deliver();
    await settle();
    expect(transport.last.json).toEqual({ status: 500, title: "Internal error", executed: "yes" });
    expect(delivery.settled).toBe("accept");
    await server.shutdown();
  });

  it("that hang while decoding hold no slot longer than the request's time: 504, not executed", async () => {
    const handler = vi.fn();
    let decode: () => void = () => {};
    const incoming = (message: Message): Promise<Message> =>
      new Promise((resolve) => {
        decode = () => resolve(message);
      });
    const { deliver, transport, clock, events } = await serving(handler, {
      extensions: [extension({ wire: { incoming } })],
    });
    clock.advance(1_000);
    const delivery = deliver({ ttlMs: 10 });
    clock.advance(10);
    expect(transport.last.json).toMatchObject({ status: 504, title: "Request expired", executed: "no" });
    expect(delivery.settled).toBe("accept");
    expect(names(events)).toContain("expired");
    expect(events.at(-1)).toMatchObject({ name: "outgoing", event: { elapsedMs: 10 } });
    decode();
    await settle();
    expect(handler).not.toHaveBeenCalled();
    expect(transport.replies).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("that hang while decoding what has no end of time hold no slot longer than a handler may", async () => {
    const handler = vi.fn();
    const incoming = (): Promise<Message> => new Promise(() => {});
    const { deliver, transport, clock, events } = await serving(handler, {
      maxHandlerTimeMs: 1_000,
      extensions: [extension({ wire: { incoming } })],
    });
    const [call, note] = [deliver(), deliver(oneWay)];
    clock.advance(1_000);
    expect(transport.last.json).toMatchObject({ status: 504, title: "Handler stuck", executed: "no" });
    expect([call.settled, note.settled]).toEqual(["accept", "accept"]);
    expect(names(events).filter((name) => name === "stuck")).toHaveLength(2);
    expect([handler.mock.calls.length, clock.timerCount]).toEqual([0, 0]);
  });

  it("that decode in time leave the handler all of its own", async () => {
    const { deliver, clock, events } = await serving(() => new Promise(() => {}), {
      maxHandlerTimeMs: 1_000,
      extensions: [extension({ wire: { incoming: async (message: Message) => message } })],
    });
    clock.advance(500);
    deliver();
    clock.advance(600);
    await settle();
    clock.advance(900);
    expect(names(events)).not.toContain("stuck");
    clock.advance(100);
    expect(names(events)).toContain("stuck");
  });

  it("that decode when the server has closed do not make the handler run", async () => {
    const handler = vi.fn();
    let decode: () => void = () => {};
    const incoming = (message: Message): Promise<Message> =>
      new Promise((resolve) => {
        decode = () => resolve(message);
      });
    const { deliver, transport, server } = await serving(handler, {
      extensions: [extension({ wire: { incoming } })],
    });
    const delivery = deliver();
    await server.close();
    expect(delivery.settled).toBe("release");
    decode();
    await settle();
    expect(handler).not.toHaveBeenCalled();
    expect(transport.replies).toEqual([]);
  });
});

describe("what extensions observe", () => {
  it("is every request; one that throws or rejects is reported and harms none", async () => {
    const heard: string[] = [];
    const thrown = new Error("thrown");
    const rejected = new Error("rejected");
    const { deliver, transport, events } = await serving(() => "answer", {
      extensions: [
        extension({ observe: { incoming: () => raise(thrown) } }, "throws"),
        extension({ observe: { outgoing: () => Promise.reject(rejected) as never } }, "rejects"),
        extension(
          { observe: { incoming: () => heard.push("in"), outgoing: () => heard.push("out") } },
          "fine",
        ),
      ],
    });
    deliver();
    await settle();
    expect(transport.last.json).toBe("answer");
    expect(heard).toEqual(["in", "out"]);
    expect(events.filter(({ name }) => name === "extensionError").map(({ event }) => event)).toEqual([
      { extension: "throws", during: "incoming", error: thrown },
      { extension: "rejects", during: "outgoing", error: rejected },
    ]);
  });
});

describe("a request's message", () => {
  it("is not changed by the server", async () => {
    const { transport } = await serving(() => "answer");
    const message = request({ json: { value: 1 } });
    const before = structuredClone({ ...message });
    transport.consumer.deliver(message);
    expect({ ...message }).toEqual(before);
  });
});

function raise(thrown: unknown): never {
  throw thrown;
}

describe("a call that an extension derives", () => {
  it("keeps what it is derived from", async () => {
    const renaming: Extension = {
      name: "renaming",
      apiVersion: 1,
      server: {
        wrap: { phase: "user", run: (call, next) => next({ ...call, request: { ...call.request } }) },
      },
    };
    const { deliver, transport } = await serving((request) => request.methodName, { extensions: [renaming] });
    deliver();
    await settle();
    expect(transport.last.status).toBe(200);
    expect(transport.last.json).toBe("m");
  });

  it("is found again by who set something on it, in the events about its end", async () => {
    const key = contextKey<string>("span");
    const seen: unknown[] = [];
    const tracing = extension({
      wrap: {
        phase: "trace",
        run: (call, next) => {
          key.set(call, "a span");
          return next({ ...call, request: { ...call.request } });
        },
      },
      observe: {
        incoming: ({ call }) => seen.push(["incoming", key.of(call)]),
        handlerError: ({ call }) => seen.push(["handlerError", key.of(call)]),
        outgoing: ({ call }) => seen.push(["outgoing", key.of(call)]),
      },
    });
    const handler = (): never => raise(new Error("x"));
    const { deliver } = await serving(handler, { extensions: [tracing] });
    deliver();
    await settle();
    expect(seen).toEqual([
      ["incoming", undefined],
      ["handlerError", "a span"],
      ["outgoing", "a span"],
    ]);
  });
});

describe("a request that was acknowledged before it ran", () => {
  it("is answered 503, executed maybe, when the server closes meanwhile: nobody else will get it", async () => {
    const { deliver, server, transport } = await serving(() => new Promise(() => {}), { autoAck: true });
    const delivery = deliver();
    expect(delivery.settled).toBe("accept");
    await server.close();
    expect(transport.replies).toHaveLength(1);
    expect(transport.last.status).toBe(503);
    expect(transport.last.json).toMatchObject({ executed: "maybe" });
  });
});

describe("a request as events bring it", () => {
  it("is printed by what names it, without its body and without the requests beside it", async () => {
    const { deliver, events } = await serving(() => {
      throw new Error("x");
    });
    deliver({ correlationId: "a", ttlMs: 1_000, body: new TextEncoder().encode("secret") });
    await settle();
    const told = events.find(({ name }) => name === "handlerError")?.event;
    const { call } = (told ?? {}) as Partial<ServerEvents["handlerError"]>;
    const named = { service: "S", method: "m", kind: "call", id: "a", redelivered: false };
    expect(JSON.parse(JSON.stringify(call))).toEqual({ ...named, deadlineMs: expect.any(Number) });
    const printed = inspect(call, { depth: 9 });
    expect(printed).toContain("method: 'm'");
    expect(printed).not.toMatch(/secret|following/);
  });
});
