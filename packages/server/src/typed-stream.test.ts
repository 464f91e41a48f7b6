import { valuesCodec } from "@porthos-rpc/protocol";
import { describe, expect, it, vi } from "vitest";
import { typed } from "../test/calculator.js";
import { handlerErrors, itemsOf, told } from "../test/streaming.js";
import { watch } from "../test/watch.js";

const countTo = { method: "countTo", json: { to: 3 } };

describe("a stream of a contract", () => {
  it("gets its input, and sends what the schema makes of each item: nothing that it does not name", async () => {
    const { open, transport, clock } = await typed({
      *countTo({ to }) {
        for (let n = 1; n <= to; n++) yield { n, password: "s3cret" };
      },
    });
    await open({ method: "countTo", json: {} });
    expect(itemsOf(transport.frames)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(transport.last.status).toBe(200);
    expect(transport.last.message.headers.get("porthos-seq")).toBe(2);
    expect(clock.timerCount).toBe(0);
  });

  it.each<[string, () => unknown]>([
    ["an array", () => [{ n: 1 }]],
    ["a promise of one", async () => [{ n: 1 }]],
    [
      "an async generator",
      async function* () {
        yield { n: 1 };
      },
    ],
    ["a promise of a set", () => Promise.resolve(new Set([{ n: 1 }]))],
  ])("may be %s", async (_, handler) => {
    const { open, transport } = await typed({ countTo: handler as never });
    await open(countTo);
    expect(itemsOf(transport.frames)).toEqual([{ n: 1 }]);
  });

  it("may have validators that tell by promises, of its input and of its items, which keep their order", async () => {
    const { open, transport } = await typed({ slowly: (n) => [n, 2, 3] });
    await open({ method: "slowly", json: 1 });
    expect(itemsOf(transport.frames)).toEqual([1, 2, 3]);
    await open({ method: "slowly", json: 500, correlationId: "id-2" });
    expect(transport.last.json).toMatchObject({ status: 400, title: "Invalid input", executed: "no" });
  });

  it("whose input does not fit never runs: 400", async () => {
    const handler = vi.fn(() => []);
    const setup = await typed({ countTo: handler });
    const delivery = await setup.open({ method: "countTo", json: { to: "s3cret" } });
    expect(setup.transport.last.json).toMatchObject({ status: 400, title: "Invalid input", executed: "no" });
    expect(setup.transport.last.text).not.toContain("s3cret");
    expect([handlerErrors(setup), delivery.settled, setup.clock.timerCount]).toEqual([[], "accept", 0]);
    expect(handler).not.toHaveBeenCalled();
  });

  it("that is called as a plain method does not run: 400", async () => {
    const handler = vi.fn(() => []);
    const { deliver, transport } = await typed({ countTo: handler });
    deliver(countTo);
    expect(transport.last.json).toMatchObject({
      status: 400,
      detail: "method countTo is a stream, and was called as a plain method",
    });
    expect(handler).not.toHaveBeenCalled();
  });

  it.each<[string, string, readonly unknown[]]>([
    ["at once", "countTo", [{ n: 1 }, { n: "s3cret" }, { n: 3 }]],
    ["by a promise", "slowly", [1, 500, 3]],
  ])("with an item that does not fit is 500 after those before it: %s", async (_, method, items) => {
    const setup = await typed({ [method]: () => items } as never);
    await setup.open({ method, json: method === "slowly" ? 1 : {} });
    expect(itemsOf(setup.transport.frames)).toEqual(items.slice(0, 1));
    expect(setup.transport.last.json).toEqual({ status: 500, title: "Internal error", executed: "yes" });
    expect(handlerErrors(setup)).toMatchObject([
      expect.objectContaining({
        message: expect.stringContaining(
          `S.${method}: an item of the handler does not fit the contract: `,
        ) as string,
      }),
    ]);
  });

  it("is sent as its handler gives it where the server does not check", async () => {
    const { open, transport } = await typed({ countTo: () => ["any"] as never }, { validate: false });
    await open({ method: "countTo", json: "any" });
    expect(itemsOf(transport.frames)).toEqual(["any"]);
  });

  it("ends with an error that it declares, after the items before it, whether it has begun or not", async () => {
    const setup = await typed({
      async *countTo({ to }, { errors }) {
        if (to === 0) throw errors.tooFar({ max: 0 });
        yield { n: 1 };
        throw errors.tooFar({ max: 1 });
      },
    });
    for (const to of [0, 1]) {
      await setup.open({ method: "countTo", json: { to }, correlationId: `id-${to}` });
      expect(setup.transport.last.json).toMatchObject({
        type: "urn:porthos:error:tooFar",
        status: 422,
        executed: "yes",
        data: { max: to },
      });
    }
    expect(itemsOf(setup.transport.frames)).toEqual([{ n: 1 }]);
    expect(handlerErrors(setup)).toEqual([]);
  });

  it("has bytes as they are, of the type that the contract says", async () => {
    const { open, transport } = await typed({ frames: () => [Uint8Array.of(1), Uint8Array.of(2)] });
    await open({ method: "frames" });
    expect(itemsOf(transport.frames)).toEqual([
      ["image/gif", 1],
      ["image/gif", 2],
    ]);
  });

  it("is in what its request came in, where the server has that codec", async () => {
    const { open, transport } = await typed({ slowly: () => [1] }, { codecs: [valuesCodec] });
    const { contentType } = valuesCodec;
    await open({ method: "slowly", contentType, body: valuesCodec.encode(1) });
    expect(transport.frames.at(-1)?.frame).toMatchObject({ kind: "item", contentType });
  });

  it("has a context without an upload where nothing is uploaded, and asks for nothing", async () => {
    const seen: unknown[] = [];
    const { open, transport } = await typed({
      countTo: (_, context) => {
        seen.push((context as { readonly upload?: unknown }).upload, context.method, context.deadline);
        return [];
      },
    });
    await open(countTo);
    expect(seen).toEqual([undefined, "countTo", undefined]);
    expect(told(transport.frames)).toEqual(["alive"]);
  });

  it("whose items fail when nobody waits for them any more tells handlerError", async () => {
    const thrown = new Error("in finally");
    const setup = await typed({
      *countTo() {
        try {
          for (;;) yield { n: 1 };
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: what a handler may do
          throw thrown;
        }
      },
    });
    await setup.open(countTo);
    setup.frame({ kind: "cancel" });
    await setup.turns();
    expect(handlerErrors(setup)).toEqual([thrown]);
  });

  it("whose handler has its items only when its caller has left ends them, and sends nothing", async () => {
    let give: (items: unknown) => void = () => {};
    const log: string[] = [];
    const setup = await typed({
      countTo: () =>
        new Promise((resolve) => {
          give = resolve as typeof give;
        }),
    });
    await setup.open(countTo);
    setup.frame({ kind: "cancel" });
    give({
      [Symbol.iterator]: () => ({ next: () => log.push("next"), return: () => log.push("return") }),
    });
    await setup.turns();
    expect(log).toEqual(["return"]);
    expect([told(setup.transport.frames), setup.transport.replies, setup.clock.timerCount]).toEqual([
      ["alive"],
      [],
      0,
    ]);
  });
});

describe("an upload of a contract", () => {
  const sumUp = async (
    _: undefined,
    { upload }: { readonly upload: AsyncIterable<{ n: number; by: number }> },
  ) => {
    let sum = 0;
    for await (const { n, by } of upload) sum += n * by;
    return { sum };
  };

  it("reaches the handler as the schema makes it, and ends with one answer", async () => {
    const { open, upload, frame, turns, transport, clock } = await typed({ sum: sumUp });
    await open({ method: "sum" }, { "porthos-stream": 0 });
    expect(told(transport.frames)).toEqual(["alive", "credit 256"]);
    upload(0, [{ n: 1 }, { n: 2, by: 10, more: true }]);
    frame({ kind: "end", seq: 2 });
    await turns();
    expect(transport.last.json).toEqual({ sum: 21 });
    expect(transport.last.status).toBe(200);
    expect(clock.timerCount).toBe(0);
  });

  it("that results in nothing ends with an empty answer", async () => {
    const { open, frame, turns, transport } = await typed({
      store: async (_, { upload }) => {
        for await (const _item of upload);
      },
    });
    await open({ method: "store", json: "name" }, { "porthos-stream": 0 });
    frame({ kind: "item", seq: 0, count: 1, body: Uint8Array.of(1), contentType: "image/png" });
    frame({ kind: "end", seq: 1 });
    await turns();
    expect(transport.last.status).toBe(204);
  });

  it("with an item that does not fit is 400, executed maybe, and is not the handler's trouble", async () => {
    const setup = await typed({ sum: sumUp });
    await setup.open({ method: "sum" }, { "porthos-stream": 0 });
    setup.upload(0, [{ n: 1 }, { n: "s3cret" }]);
    await setup.turns();
    expect(setup.transport.last.json).toMatchObject({
      status: 400,
      title: "Invalid input",
      detail: expect.stringMatching(/^an uploaded item: n: /) as string,
      executed: "maybe",
    });
    expect(setup.transport.last.text).not.toContain("s3cret");
    expect([handlerErrors(setup), setup.clock.timerCount]).toEqual([[], 0]);
  });

  it("may have a validator that tells by promises, both ways", async () => {
    const setup = await typed({
      async *echo(_, { upload }) {
        for await (const n of upload) yield n + 1;
      },
    });
    await setup.open({ method: "echo" });
    setup.upload(0, [1, 2]);
    await setup.turns();
    expect(itemsOf(setup.transport.frames)).toEqual([2, 3]);
    setup.upload(2, [500]);
    await setup.turns();
    expect(setup.transport.last.json).toMatchObject({
      status: 400,
      detail: "an uploaded item: must be less than 100",
      executed: "maybe",
    });
  });

  it("is taken as it comes where the server does not check", async () => {
    const seen: unknown[] = [];
    const { open, upload, turns } = await typed(
      {
        sum: async (_, { upload: items }) => {
          for await (const item of items) seen.push(item);
          return { sum: 0 };
        },
      },
      { validate: { input: false } },
    );
    await open({ method: "sum" });
    upload(0, ["any"]);
    await turns();
    expect(seen).toEqual(["any"]);
  });

  it("whose result does not fit is 500", async () => {
    const setup = await typed({ sum: () => ({ sum: "s3cret" }) as never });
    await setup.open({ method: "sum" });
    expect(setup.transport.last.json).toEqual({ status: 500, title: "Internal error", executed: "yes" });
    expect(handlerErrors(setup)).toHaveLength(1);
  });

  it("that a handler begins to read only when its caller has left fails at once", async () => {
    let go: () => void = () => {};
    const reads: unknown[] = [];
    const setup = await typed({
      sum: async (_, { upload }) => {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        reads.push(watch((upload as AsyncIterableIterator<unknown>).next()));
        return { sum: 0 };
      },
    });
    await setup.open({ method: "sum" });
    setup.frame({ kind: "cancel" });
    go();
    await setup.turns();
    expect(reads).toMatchObject([{ error: { code: "Cancelled", message: "S.sum: the caller is gone" } }]);
    expect([setup.transport.replies, setup.clock.timerCount]).toEqual([[], 0]);
  });
});
