import { format } from "node:util";
import { NO_BODY, RpcError, type ServerEvents } from "@porthos-rpc/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ScriptedTransport } from "../test/scripted-transport.js";
import { request, type Scripted, serving } from "../test/setup.js";
import { settle } from "../test/watch.js";
import { createServer, type Handler, type Request } from "./index.js";

const SECRET = "s3cret: SELECT * FROM users";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The server's answer to one request whose handler is this one. */
async function answerOf(handler: Handler, init?: Parameters<Scripted["deliver"]>[0]) {
  const setup = await serving(handler);
  const delivery = setup.deliver(init);
  await settle();
  return { ...setup, delivery, reply: setup.transport.last };
}

describe("a handler's answer", () => {
  it.each<[string, Handler]>([
    ["by the response, at once", (_, response) => response.json(200, { value: 21 })],
    ["by the response, later", async (_, response) => settle().then(() => response.json(200, { value: 21 }))],
    ["by what it returns", () => ({ value: 21 })],
    ["by what its promise gives", async () => ({ value: 21 })],
    [
      "by what any thenable gives",
      // biome-ignore lint/suspicious/noThenProperty: that is the case
      () => ({ then: (resolve: (value: unknown) => void) => resolve({ value: 21 }) }),
    ],
    [
      "by the response, whatever it returns",
      (_, response) => {
        response.json(200, { value: 21 });
        return { value: 0 };
      },
    ],
  ])("is taken %s", async (_, handler) => {
    const { reply, delivery } = await answerOf(handler);
    expect(reply.message).toMatchObject({ contentType: "application/json", correlationId: "id-1" });
    expect(reply.address).toBe("inbox");
    expect([reply.status, reply.json]).toEqual([200, { value: 21 }]);
    expect(delivery.settled).toBe("accept");
  });

  it("is 204 for nothing, and bytes for bytes", async () => {
    const nothing = await answerOf(() => undefined);
    expect(nothing.reply).toMatchObject({ status: 204, text: "", message: { contentType: undefined } });
    const bytes = await answerOf(async () => Uint8Array.of(65));
    expect(bytes.reply).toMatchObject({
      status: 200,
      text: "A",
      message: { contentType: "application/octet-stream" },
    });
  });

  it("carries its headers, beside the status, which they cannot replace", async () => {
    const { reply } = await answerOf((_, response) => {
      response.headers.set("etag", "x").set("statusCode", 200);
      response.empty(404);
    });
    expect(Object.fromEntries(reply.message.headers)).toEqual({ statusCode: 404, etag: "x" });
  });

  it("is sent once, even if the handler answers again when it was sent", async () => {
    let again: () => void = () => {};
    const { transport } = await answerOf((_, response) => {
      response.json(200, "first");
      again = () => response.json(200, "second");
    });
    again();
    await settle();
    expect(transport.replies.map(({ json }) => json)).toEqual(["first"]);
  });
});

describe("what a handler gets", () => {
  it("is the request as it came", async () => {
    let seen: Request | undefined;
    const { clock } = await answerOf(
      (request) => {
        seen = request;
      },
      { json: { value: 20 }, ttlMs: 500, headers: new Map([["porthos-a", 1]]) },
    );
    expect(seen).toMatchObject({
      serviceName: "S",
      methodName: "m",
      contentType: "application/json",
      redelivered: false,
    });
    expect(seen?.headers.get("porthos-a")).toBe(1);
    expect(seen?.json()).toEqual({ value: 20 });
    expect(seen?.text()).toBe('{"value":20}');
    expect(clock.timerCount).toBe(0);
  });

  it("has a deadline on this machine's clock, if the caller says one", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
    const deadlines: (number | undefined)[] = [];
    const { deliver } = await serving((request) => {
      deadlines.push(request.deadline?.getTime());
    });
    deliver({ ttlMs: 500 });
    deliver();
    vi.useRealTimers();
    expect(deadlines).toEqual([1_000_500, undefined]);
  });

  it("tells of a redelivery", async () => {
    const seen: boolean[] = [];
    const { deliver } = await serving((request) => {
      seen.push(request.redelivered);
    });
    deliver({}, true);
    deliver({}, false);
    expect(seen).toEqual([true, false]);
  });
});

describe("a request that is not what it claims", () => {
  it.each([
    ["empty", NO_BODY],
    ["not UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
    ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0)],
    ["cut off", '{"value":'],
    ["NaN", "NaN"],
    ["behind a byte order mark", "\ufeff{}"],
    ["two values", "{}{}"],
  ])("is answered 400 when its JSON is %s, and its handler is not called", async (_, body) => {
    const handler = vi.fn();
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    for (const contentType of ["application/json", "Application/JSON; charset=utf-8", "application/x+json"]) {
      const { reply, delivery } = await answerOf(handler, { body: bytes, contentType });
      expect(reply.status).toBe(400);
      expect(reply.message.contentType).toBe("application/problem+json");
      expect(reply.json).toMatchObject({ status: 400, title: "Bad request", executed: "no" });
      expect(delivery.settled).toBe("accept");
    }
    expect(handler).not.toHaveBeenCalled();
  });

  it.each<[string, Handler, unknown]>([
    ["arguments and gets an object", (request) => request.args(), { value: 1 }],
    ["arguments and gets a text", (request) => request.args(), "text"],
    ["arguments later", async (request) => settle().then(() => request.args()), null],
  ])("is answered 400 when its handler asks for %s", async (_, handler, json) => {
    const { reply, events } = await answerOf(handler, { json });
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({ detail: "the body must be a JSON array of arguments" });
    expect(events.filter(({ name }) => name === "handlerError")).toEqual([]);
  });

  it("is answered 400 when its handler asks bytes for JSON, or for text that they are not", async () => {
    const init = { body: Uint8Array.of(0xff), contentType: "application/octet-stream" };
    for (const handler of [(request: Request) => request.json(), (request: Request) => request.text()]) {
      expect((await answerOf(handler, init)).reply.status).toBe(400);
    }
  });

  it("is left to its handler when it claims nothing, or another type", async () => {
    for (const contentType of [undefined, "image/png", "application/octet-stream"]) {
      const { reply } = await answerOf((request) => request.body, {
        body: Uint8Array.of(0xff, 1),
        contentType,
      });
      expect([reply.status, reply.message.body]).toEqual([200, Uint8Array.of(0xff, 1)]);
    }
  });

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"constructor":{"prototype":{"admin":true}}}',
    "[".repeat(65) + "]".repeat(65),
  ])("is JSON that could harm its handler, who does not get it: %s", async (text) => {
    const { reply } = await answerOf(() => expect.unreachable(), {
      body: new TextEncoder().encode(text),
      contentType: "application/json",
    });
    expect([reply.status, reply.json]).toEqual([400, expect.objectContaining({ executed: "no" })]);
  });
});

describe("what a handler throws", () => {
  const frozen = Object.freeze(Object.assign(new Error(SECRET), { sql: SECRET }));
  const circular: { self?: unknown; secret: string } = { secret: SECRET };
  circular.self = circular;
  const hostile = new Proxy(
    {},
    {
      get: () => raise(new Error(SECRET)),
      has: () => raise(new Error(SECRET)),
      getPrototypeOf: () => raise(new Error(SECRET)),
    },
  );
  const withGetters = Object.defineProperties(new Error("x"), {
    // First: V8 looks at the message to make the stack that this replaces.
    stack: { get: () => raise(new Error(SECRET)) },
    message: { get: () => raise(new Error(SECRET)) },
    name: { get: () => raise(new Error(SECRET)) },
  });
  // Functions, since whoever prints a table of them would look into them.
  const THROWN: [string, () => unknown][] = [
    ["an error", () => new Error(SECRET)],
    ["an error with a cause", () => new Error(SECRET, { cause: new Error(SECRET) })],
    ["a text", () => SECRET],
    ["undefined", () => undefined],
    ["null", () => null],
    ["a number", () => 404],
    ["a symbol", () => Symbol(SECRET)],
    ["a frozen error", () => frozen],
    ["a circle", () => circular],
    ["an object whose getters throw", () => withGetters],
    ["an object that throws at every look", () => hostile],
    ["an error of a huge message", () => new Error(SECRET.repeat(10_000))],
    ["a function", () => () => SECRET],
    ["an RpcError of another call", () => new RpcError("Remote", SECRET, { status: 404, executed: "yes" })],
    ["a BadRequest of another call", () => new RpcError("BadRequest", SECRET)],
    ["an RpcError that is told a status", () => new RpcError("Config", SECRET, { status: 200 })],
  ];

  it.each(THROWN)(
    "is answered 500, executed, without a word of it, and told to handlerError: %s",
    async (_, make) => {
      const thrown = make();
      for (const handler of [() => raise(thrown), async () => raise(thrown)]) {
        const { reply, delivery, events, deliver, transport } = await answerOf(handler, {
          json: { value: 1 },
        });
        expect(reply.status).toBe(500);
        expect(reply.message.contentType).toBe("application/problem+json");
        expect(reply.json).toEqual({ status: 500, title: "Internal error", executed: "yes" });
        expect([...reply.message.headers.keys()]).toEqual(["statusCode"]);
        expect(delivery.settled).toBe("accept");
        const errors = events.filter(({ name }) => name === "handlerError");
        expect(errors).toHaveLength(1);
        expect((errors[0]?.event as ServerEvents["handlerError"] | undefined)?.error).toBe(thrown);
        deliver();
        await settle();
        expect(transport.replies).toHaveLength(2);
      }
    },
  );

  /** A server whose `handlerError` nobody observes. */
  async function unobserved(handler: Handler): Promise<ScriptedTransport> {
    const transport = new ScriptedTransport();
    const server = createServer({ transport, service: "S" });
    server.register("m", handler);
    await server.listen();
    transport.consumer.deliver(request());
    await settle();
    await server.close();
    return transport;
  }

  it.each(THROWN)(
    "goes to the console if nobody observes handlerError, and harms nothing: %s",
    async (_, make) => {
      // As the console does it, which looks into what it prints.
      const error = vi.spyOn(console, "error").mockImplementation((...values) => void format(...values));
      const thrown = make();
      for (const handler of [() => raise(thrown), async () => raise(thrown)]) {
        expect((await unobserved(handler)).last.status).toBe(500);
      }
      expect(error).toHaveBeenCalled();
    },
  );

  it("is printed with the method's name if nobody observes handlerError", async () => {
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    const thrown = new Error("no database");
    await unobserved(() => raise(thrown));
    expect(error).toHaveBeenCalledTimes(1);
    expect(error).toHaveBeenCalledWith(expect.stringContaining("S.m"), thrown);
  });

  it.each<[string, Handler]>([
    ["a BigInt", () => 1n],
    ["a circle", () => circular],
    ["a function", () => () => SECRET],
    ["a symbol", () => Symbol(SECRET)],
    ["a toJSON that throws", () => ({ toJSON: () => raise(new Error(SECRET)) })],
    [
      "a getter that throws",
      () => Object.defineProperty({}, "a", { enumerable: true, get: () => raise(SECRET) }),
    ],
    // biome-ignore lint/suspicious/noThenProperty: that is the case
    ["a then that throws", () => Object.defineProperty({}, "then", { get: () => raise(SECRET) })],
    ["an unsayable value by the response", (_, response) => response.json(200, { secret: 1n })],
    ["a status out of range", (_, response) => response.json(999, {})],
    ["a status that is none", (_, response) => response.empty(Number.NaN)],
    ["a raw body that is none", (_, response) => response.raw(200, "text/plain", SECRET as never)],
  ])("is answered 500 as well when it is an answer that cannot be sent: %s", async (_, handler) => {
    for (const each of [handler, async (...args: Parameters<Handler>) => handler(...args)]) {
      const { reply, events } = await answerOf(each);
      expect(reply.json).toEqual({ status: 500, title: "Internal error", executed: "yes" });
      expect(events.filter(({ name }) => name === "handlerError")).toHaveLength(1);
    }
  });

  it("replaces an answer that was given before", async () => {
    const { reply } = await answerOf((_, response) => {
      response.headers.set("secret", SECRET);
      response.json(200, SECRET);
      raise(new Error("afterwards"));
    });
    expect([reply.status, reply.text.includes("s3cret")]).toEqual([500, false]);
    expect(reply.message.headers.has("secret")).toBe(false);
  });
});

function raise(thrown: unknown): never {
  throw thrown;
}
