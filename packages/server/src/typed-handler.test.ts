import { errorFactories } from "@porthos-rpc/contract";
import { encodeText, valuesCodec } from "@porthos-rpc/protocol";
import { describe, expect, it, vi } from "vitest";
import { calculator, typed } from "../test/calculator.js";
import { oneWay } from "../test/setup.js";
import { handlerErrors } from "../test/streaming.js";
import { settle } from "../test/watch.js";
import type { CallContext } from "./index.js";

const addOne = { method: "addOne", json: { value: 1 } };

describe("a handler of a contract's method", () => {
  it("gets the input, and answers by what it returns, at once if nothing has to be waited for", async () => {
    const { deliver, transport, clock } = await typed();
    const delivery = deliver(addOne);
    expect(transport.last.json).toEqual({ sum: 2 });
    expect([transport.last.status, delivery.settled, clock.timerCount]).toEqual([200, "accept", 0]);
  });

  it("may return a promise, and so may the validators", async () => {
    const { deliver, transport } = await typed({ addOne: async () => ({ sum: 9 }) });
    deliver(addOne);
    deliver({ method: "double", json: 4 });
    await settle();
    expect(transport.replies.map(({ json }) => json)).toEqual([{ sum: 9 }, 8]);
  });

  it("does not begin when its call has ended while its input was checked", async () => {
    const double = vi.fn((value: number) => 2 * value);
    const { deliver, transport, clock } = await typed({ double });
    deliver({ method: "double", json: 4, ttlMs: 500 });
    clock.advance(510);
    expect(transport.last.status).toBe(504);
    await settle();
    expect(double).not.toHaveBeenCalled();
  });

  it("may return any promise, of another realm or library", async () => {
    // biome-ignore lint/suspicious/noThenProperty: that it has one is the test
    const thenable = { then: (resolve: (value: unknown) => void) => resolve({ sum: 9 }) };
    const { deliver, transport } = await typed({ addOne: () => thenable as never });
    deliver(addOne);
    await settle();
    expect(transport.last.json).toEqual({ sum: 9 });
  });

  it("gets a context: who calls what, until when, how it hears that nobody waits, and headers both ways", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
    const contexts: CallContext[] = [];
    const { deliver, transport, clock } = await typed({
      ping: (_, context) => {
        contexts.push(context);
        context.responseHeaders.set("x-served-by", "me");
      },
      addOne: (_, context) => {
        contexts.push(context);
        return new Promise(() => {});
      },
    });
    deliver({ method: "ping", headers: new Map([["a", 1]]) });
    expect(transport.last.message.headers.get("x-served-by")).toBe("me");
    const [first] = contexts;
    expect(first).toMatchObject({ service: "S", method: "ping", deadline: undefined, redelivered: false });
    expect(first?.headers.get("a")).toBe(1);
    deliver({ ...addOne, ttlMs: 500, correlationId: "id-2" }, true);
    const [, second] = contexts;
    expect(second).toMatchObject({ deadline: new Date(1_700_000_000_500), redelivered: true });
    expect(second?.signal.aborted).toBe(false);
    vi.useRealTimers();
    clock.advance(510);
    expect(second?.signal.aborted).toBe(true);
    expect(transport.last.status).toBe(504);
    expect(clock.timerCount).toBe(0);
  });

  it("answers with no header and no object of its own if it sets none", async () => {
    const { deliver, transport } = await typed();
    deliver({ method: "ping" });
    expect([...transport.last.message.headers]).toEqual([["statusCode", 204]]);
  });

  it("runs for a notification, and nobody is answered", async () => {
    const lines: unknown[] = [];
    const { deliver, transport } = await typed({ log: (line) => void lines.push(line) });
    const delivery = deliver({ ...oneWay, method: "log", json: ["INFO", "x"] });
    expect([lines, delivery.settled, transport.replies]).toEqual([[["INFO", "x"]], "accept", []]);
  });

  it("gets bytes as they are, and answers with bytes", async () => {
    const { deliver, transport } = await typed({ picture: (image) => image.slice().reverse() });
    deliver({ method: "picture", body: Uint8Array.of(1, 2), contentType: "image/png" });
    expect([...transport.last.message.body]).toEqual([2, 1]);
    expect(transport.last.message.contentType).toBe("image/gif");
  });

  it("is answered in what its request came in, where the server has that codec", async () => {
    const { deliver, transport } = await typed({ find: (text) => text }, { codecs: [valuesCodec] });
    const { contentType } = valuesCodec;
    deliver({ method: "find", contentType, body: valuesCodec.encode("x") });
    expect(transport.last.message.contentType).toBe(contentType);
    expect(valuesCodec.decode(transport.last.message.body)).toBe("x");
  });
});

describe("a request that does not fit the contract", () => {
  it.each<[string, object, object]>([
    ["does not fit", { json: { value: "s3cret" } }, { status: 400, title: "Invalid input" }],
    [
      "is not what it says",
      { body: encodeText("{"), contentType: "application/json" },
      { title: "Bad request" },
    ],
    ["is of an unknown type", { body: encodeText("<p>"), contentType: "text/html" }, { status: 415 }],
  ])("never runs: one that %s", async (_, init, answer) => {
    const handler = vi.fn();
    const setup = await typed({ addOne: handler });
    const delivery = setup.deliver({ method: "addOne", ...init });
    expect(setup.transport.last.json).toMatchObject({ executed: "no", ...answer });
    expect(setup.transport.last.text).not.toContain("s3cret");
    expect([delivery.settled, handlerErrors(setup)]).toEqual(["accept", []]);
    expect(handler).not.toHaveBeenCalled();
  });

  it("never runs where only a promise tells of it", async () => {
    const handler = vi.fn();
    const { deliver, transport } = await typed({ double: handler });
    deliver({ method: "double", json: 500 });
    await settle();
    expect(transport.last.json).toMatchObject({
      status: 400,
      title: "Invalid input",
      detail: "must be less than 100",
      executed: "no",
    });
    expect(handler).not.toHaveBeenCalled();
  });

  it("runs where the server does not check", async () => {
    const seen: unknown[] = [];
    const handler = (input: unknown) => ({ sum: seen.push(input) });
    const { deliver, transport } = await typed({ addOne: handler }, { validate: { input: false } });
    deliver({ method: "addOne", json: { value: "x" } });
    expect([seen, transport.last.json]).toEqual([[{ value: "x" }], { sum: 1 }]);
  });
});

describe("what a handler throws", () => {
  it.each([false, true])(
    "is an answer if its method declares it, with its data (later: %s)",
    async (isLater) => {
      const setup = await typed({
        addOne: (_, { errors }) => {
          const error = errors.tooLarge({ max: 5 }, { message: "of today", cause: new Error("s3cret") });
          if (isLater) return Promise.reject(error);
          throw error;
        },
      });
      setup.deliver(addOne);
      await settle();
      expect(setup.transport.last.message.contentType).toBe("application/problem+json");
      expect(setup.transport.last.json).toEqual({
        type: "urn:porthos:error:tooLarge",
        title: "tooLarge",
        status: 422,
        detail: "of today",
        executed: "yes",
        data: { max: 5 },
      });
      expect(setup.transport.last.status).toBe(422);
      expect(handlerErrors(setup)).toEqual([]);
    },
  );

  it.each<[string, unknown]>([
    ["is anything else", new Error("s3cret")],
    ["is nothing", undefined],
    ["another method declares", errorFactories(calculator.countTo).tooFar({ max: 1 })],
    [
      "does not even say what it is",
      new Proxy(
        {},
        {
          getPrototypeOf: () => {
            throw new Error("s3cret");
          },
        },
      ),
    ],
  ])("is 500 without the reason, which is told to handlerError, if it %s", async (_, thrown) => {
    for (const isLater of [false, true]) {
      const setup = await typed({
        addOne: () => {
          if (isLater) return Promise.reject(thrown);
          throw thrown;
        },
      });
      const delivery = setup.deliver(addOne);
      await settle();
      expect(setup.transport.last.json).toEqual({ status: 500, title: "Internal error", executed: "yes" });
      expect(handlerErrors(setup)).toHaveLength(1);
      expect(delivery.settled).toBe("accept");
    }
  });

  it("is 500 if it is declared, but its data cannot be said in JSON", async () => {
    const setup = await typed({
      addOne: (_, { errors }) => {
        throw errors.odd(1n);
      },
    });
    setup.deliver(addOne);
    expect(setup.transport.last.status).toBe(500);
    expect(handlerErrors(setup)).toHaveLength(1);
  });

  it.each<[string, () => unknown]>([
    ["at once", () => ({ sum: "s3cret" })],
    ["by a promise", async () => ({ sum: "s3cret" })],
  ])(
    "is as if it had returned what does not fit: 500, which is told to handlerError (%s)",
    async (_, handler) => {
      const setup = await typed({ addOne: handler as never });
      setup.deliver(addOne);
      await settle();
      expect(setup.transport.last.json).toEqual({ status: 500, title: "Internal error", executed: "yes" });
      expect(handlerErrors(setup)).toMatchObject([
        { message: expect.stringContaining("S.addOne: what the handler returned does not fit") as string },
      ]);
    },
  );
});
