import { contractErrorToProblem, errorFactories, isContractError, methodHash } from "@porthos-rpc/contract";
import {
  ACCEPTED,
  decodeText,
  encodeResponse,
  encodeText,
  jsonCodec,
  problemResponse,
  UNROUTABLE,
  UNSENT,
  valuesCodec,
} from "@porthos-rpc/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { calculator, closing, sentBy, type Typed } from "../test/calculator.js";
import type { SentFrame } from "../test/scripted-transport.js";
import { scripted } from "../test/setup.js";
import { alive, readAll, SERVER, told, turns } from "../test/streaming.js";
import { settle, watch } from "../test/watch.js";

const typedSetups = closing();
const setup = typedSetups.typed;

afterEach(typedSetups.close);

/** A source that tells what is done with it. */
function source(...items: readonly unknown[]) {
  const log: string[] = [];
  const left = [...items];
  const iterator = {
    next: () => {
      log.push("next");
      return left.length === 0 ? { done: true, value: undefined } : { done: false, value: left.shift() };
    },
    return: () => {
      log.push("return");
      return { done: true, value: undefined };
    },
  };
  return { log, items: { [Symbol.iterator]: () => iterator } as Iterable<never> };
}

/** A server begins the newest stream, and takes so many items of its upload. */
function take({ transport }: Typed, credit: number): void {
  transport.last.frame(alive, SERVER);
  transport.last.frame({ kind: "credit", total: credit });
}

const itemsOf = (frames: readonly SentFrame[]): unknown[] =>
  frames.flatMap(({ frame }) => {
    if (frame.kind !== "items" && frame.kind !== "item") return [];
    if (frame.contentType !== jsonCodec.contentType) return [[frame.contentType, ...frame.body]];
    const decoded = jsonCodec.decode(frame.body);
    return frame.kind === "items" ? (decoded as unknown[]) : [decoded];
  });

describe("a stream of a contract", () => {
  it("opens with its input, checked when it begins, and the hash of its contract", async () => {
    const made = setup();
    const items = made.client.methods.countTo({ to: 3 }, { window: 8, aliveEveryMs: 1_000 });
    const { message, text } = await sentBy(made, items.next());
    expect([text, message.contentType]).toEqual(['{"to":3}', "application/json"]);
    expect(Object.fromEntries(message.headers)).toEqual({
      "X-Method": "countTo",
      "porthos-contract": methodHash(calculator.countTo),
      "porthos-stream": 8,
      "porthos-alive": 1_000,
    });
  });

  it("whose input does not fit is BadRequest, not executed, and never sent", async () => {
    const { client, transport } = setup();
    const items = client.methods.countTo({ to: "s3cret" as never });
    await expect(items.next()).rejects.toMatchObject({
      code: "BadRequest",
      executed: "no",
      message: expect.stringContaining(
        "Calculator.countTo: the input does not fit the contract: to: ",
      ) as string,
    });
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(transport.sent).toEqual([]);
  });

  it("whose input does not fit ends the source of its upload, which was not asked for anything", async () => {
    const { client } = setup();
    const { items, log } = source(1);
    await expect(client.methods.store(7 as never, items)).rejects.toMatchObject({ code: "BadRequest" });
    expect(log).toEqual(["return"]);
  });

  it("with a wrong option is a TypeError at once", () => {
    const { client } = setup();
    expect(() => client.methods.countTo({ to: 3 }, { window: 0 })).toThrow(
      /^Calculator\.countTo: option "window" must be/,
    );
    expect(() => client.methods.slowly({ upload: [] } as never)).toThrow(
      /^Calculator\.slowly: unknown option "upload"/,
    );
  });

  it("gives what the schema makes of each item, at once or by a promise, in order", async () => {
    const made = setup();
    const counted = made.client.methods.countTo({ to: 2 });
    const first = watch(counted.next());
    await settle();
    made.transport.last.items(0, [
      { n: 1, more: "s3cret" },
      { n: 2, note: "last" },
    ]);
    made.transport.last.end(2);
    await settle();
    expect(first.value?.value).toEqual({ n: 1, note: "none" });
    expect((await readAll(counted)).items).toEqual([{ n: 2, note: "last" }]);
    const slowly = made.client.methods.slowly();
    void watch(slowly.next());
    await settle();
    made.transport.last.items(0, [1, 2, 3]);
    made.transport.last.end(3);
    expect((await readAll(slowly)).items).toEqual([2, 3]);
  });

  it("ends with BadReply at an item that does not fit, after those before it; its server is told", async () => {
    const made = setup();
    const items = made.client.methods.slowly();
    const first = watch(items.next());
    await settle();
    made.transport.last.frame(alive, SERVER);
    made.transport.last.items(0, [1, 200, 3]);
    await settle();
    expect(first.value?.value).toBe(1);
    await expect(items.next()).rejects.toMatchObject({
      code: "BadReply",
      executed: "yes",
      message: "Calculator.slowly: an item does not fit the contract: must be less than 100",
    });
    expect(await items.next()).toEqual({ done: true, value: undefined });
    await settle();
    expect(told(made.transport.frames)).toEqual(["cancel"]);
  });

  it("gives items as they come where the client does not parse", async () => {
    const made = setup({ validate: false });
    const items = made.client.methods.countTo({ to: "x" as never });
    const first = watch(items.next());
    await settle();
    made.transport.last.items(0, ["any"]);
    await settle();
    expect(first.value?.value).toBe("any");
  });

  it("ends with an error that it declares, after the items before it", async () => {
    const made = setup();
    const items = made.client.methods.countTo({ to: 9 });
    void watch(items.next());
    await settle();
    const { last } = made.transport;
    last.items(0, [{ n: 1 }, { n: 2 }]);
    const tooFar = contractErrorToProblem(errorFactories(calculator.countTo).tooFar({ max: 2 }));
    last.replyWith(encodeResponse(problemResponse(tooFar), last.message.correlationId));
    const { items: rest, error } = await readAll(items);
    expect(rest).toHaveLength(1);
    expect(isContractError(error, calculator.countTo, "tooFar")).toBe(true);
    expect(error).toMatchObject({ data: { max: 2 } });
  });
});

describe("an upload", () => {
  it("begins when the method is called, but its source is asked for nothing before a server takes it", async () => {
    const made = setup();
    const { items, log } = source(1, 2, 3);
    const call = watch(made.client.methods.sum(items));
    await settle();
    const { message } = made.transport.last;
    expect(Object.fromEntries(message.headers)).toMatchObject({
      "porthos-stream": 0,
      "porthos-alive": 5_000,
    });
    made.transport.last.frame(alive, SERVER);
    await turns(made);
    expect(log).toEqual([]);
    made.transport.last.frame({ kind: "credit", total: 2 });
    await turns(made);
    expect([log, told(made.transport.frames)]).toEqual([["next", "next"], ["items 0-1"]]);
    made.transport.last.frame({ kind: "credit", total: 9 });
    await turns(made);
    expect(told(made.transport.frames)).toEqual(["items 0-1", "item 2", "end 3"]);
    expect(itemsOf(made.transport.frames)).toEqual([1, 2, 3]);
    made.transport.last.reply(200, { sum: 6 });
    await settle();
    expect(call.value).toEqual({ sum: 6 });
    expect(log.at(-1)).toBe("next");
  });

  it("waits for its answer no longer than for an item once all of it is sent: Timeout, and its server is told", async () => {
    const made = setup();
    const call = watch(made.client.methods.sum([1], { idleTimeoutMs: 300 }));
    await settle();
    made.transport.last.frame(alive, SERVER);
    // As long as not all of it is asked for it is the server's affair.
    made.clock.advance(4_000);
    made.transport.last.frame({ kind: "credit", total: 8 });
    await turns(made);
    made.clock.advance(299);
    await settle();
    expect(call.state).toBe("pending");
    made.clock.advance(11);
    await settle();
    expect(call.error).toMatchObject({
      code: "Timeout",
      executed: "maybe",
      message: "Calculator.sum: no answer within 300 ms after the upload (idleTimeoutMs)",
    });
    expect(told(made.transport.frames)).toEqual(["item 0", "end 1", "cancel"]);
  });

  it("travels as it was given: what the schema makes of it is for the server", async () => {
    const made = setup();
    void watch(made.client.methods.store("name", [Uint8Array.of(1), Uint8Array.of(2, 3)]));
    await settle();
    expect(decodeText(made.transport.last.message.body)).toBe('"name"');
    take(made, 8);
    await turns(made);
    expect(itemsOf(made.transport.frames)).toEqual([
      ["image/png", 1],
      ["image/png", 2, 3],
    ]);
    void watch(made.client.methods.tell([" x "]));
    await settle();
    take(made, 8);
    await turns(made);
    expect(itemsOf(made.transport.frames).at(-1)).toBe(" x ");
  });

  it("is in the client's codec, an item a frame", async () => {
    const made = setup({ codec: valuesCodec });
    void watch(made.client.methods.sum([1, 2]));
    await settle();
    take(made, 8);
    await turns(made);
    expect(told(made.transport.frames)).toEqual(["item 0", "item 1", "end 2"]);
    expect(made.transport.frames[0]?.frame).toMatchObject({ contentType: valuesCodec.contentType });
  });

  it("stands between the input and the options", async () => {
    const made = setup();
    const { message } = await sentBy(made, made.client.methods.store("name", [], { timeoutMs: 300 }));
    expect(message.headers.get("porthos-timeout")).toBe(300);
    const echo = made.client.methods.echo([1], { window: 4 });
    expect((await sentBy(made, echo.next())).message.headers.get("porthos-stream")).toBe(4);
  });

  it.each<[string, unknown, RegExp]>([
    ["nothing", undefined, /upload|iterable/],
    ["a number", 7, /an iterable or an async iterable, not of a number/],
    ["options", { timeoutMs: 5 }, /iterable/],
  ])("of what cannot be iterated is a TypeError, and nothing is sent: %s", async (_, upload, message) => {
    const { client, transport } = setup();
    await expect(client.methods.sum(upload as never)).rejects.toThrow(TypeError);
    await expect(client.methods.sum(upload as never)).rejects.toThrow(message);
    expect(() => client.methods.echo(upload as never)).toThrow(message);
    expect(transport).toMatchObject({ sent: [], leases: 0 });
  });

  it("whose source throws ends the call with that error, and its server is told", async () => {
    const made = setup();
    const thrown = new Error("no more");
    function* failing(): Generator<number> {
      yield 1;
      throw thrown;
    }
    const call = watch(made.client.methods.sum(failing()));
    await settle();
    take(made, 8);
    await turns(made);
    expect(call.error).toBe(thrown);
    expect(told(made.transport.frames)).toEqual(["item 0", "cancel"]);
  });

  it.each<[string, unknown, string]>([
    ["at once", "s3cret", "Calculator.sum: an uploaded item does not fit the contract: "],
    ["by a promise", 200, "Calculator.echo: an uploaded item does not fit the contract: must be less"],
  ])("with an item that does not fit is BadRequest, executed maybe: %s", async (how, item, message) => {
    const made = setup();
    const { items, log } = source(1, item, 3);
    const call = watch<unknown>(
      how === "at once" ? made.client.methods.sum(items) : made.client.methods.echo(items).next(),
    );
    await settle();
    take(made, 8);
    await turns(made);
    expect(call.error).toMatchObject({
      code: "BadRequest",
      executed: "maybe",
      message: expect.stringContaining(message) as string,
    });
    expect(String(call.error)).not.toContain("s3cret");
    expect(told(made.transport.frames)).toEqual(["item 0", "cancel"]);
    expect(log).toEqual(["next", "next", "return"]);
  });

  it("is not checked by a client that does not check", async () => {
    const made = setup({ validate: { input: false } });
    void watch(made.client.methods.sum(["any"] as never));
    await settle();
    take(made, 8);
    await turns(made);
    expect(itemsOf(made.transport.frames)).toEqual(["any"]);
  });

  it("ends its source when the answer comes before its end, or the caller gives up", async () => {
    for (const how of ["answer", "abort", "close"] as const) {
      const made = setup();
      const controller = new AbortController();
      const { items, log } = source(1, 2, 3);
      const call = watch(made.client.methods.sum(items, { signal: controller.signal }));
      await settle();
      take(made, 1);
      await turns(made);
      if (how === "answer") made.transport.last.reply(200, { sum: 1 });
      else if (how === "abort") controller.abort();
      else await made.client.close();
      await settle();
      expect(call.state).toBe(how === "answer" ? "resolved" : "rejected");
      expect(log).toEqual(["next", "return"]);
      expect(told(made.transport.frames)).toEqual(how === "answer" ? ["item 0"] : ["item 0", "cancel"]);
    }
  });

  it.each([
    [UNROUTABLE, /the reader of the stream is gone/],
    [UNSENT, /the connection was lost while items were sent/],
  ])("that cannot be sent is Unavailable, executed maybe: %j", async (outcome, message) => {
    const made = setup();
    const { items, log } = source(1, 2, 3);
    const call = watch(made.client.methods.sum(items));
    await settle();
    made.transport.frameOutcome = outcome;
    take(made, 1);
    await turns(made);
    expect(call.error).toMatchObject({ code: "Unavailable", executed: "maybe" });
    expect((call.error as Error).message).toMatch(message);
    expect(log.at(-1)).toBe("return");
  });

  it("goes on while items come back, and ends with the server's end", async () => {
    const made = setup();
    const items = made.client.methods.echo([1, 2]);
    const first = watch(items.next());
    await settle();
    take(made, 8);
    await turns(made);
    const { last } = made.transport;
    last.frame({ kind: "item", seq: 0, count: 1, body: encodeText("x"), contentType: "image/gif" });
    last.end(1);
    await settle();
    expect(first.value?.value).toEqual(encodeText("x"));
    expect(await items.next()).toEqual({ done: true, value: undefined });
    expect(itemsOf(made.transport.frames)).toEqual([1, 2]);
  });

  it("of the builder is JSON, or bytes as they are", async () => {
    const made = scripted();
    const items = made.client.call("m").stream({ upload: [{ a: 1 }, Uint8Array.of(7)] });
    void watch(items.next());
    await settle();
    take(made as never, 8);
    await turns(made);
    expect(itemsOf(made.transport.frames)).toEqual([{ a: 1 }, ["application/octet-stream", 7]]);
    await made.client.close();
  });

  it("that there is not has an end for a server that reads one all the same", async () => {
    const made = scripted();
    void watch(made.client.call("m").stream().next());
    await settle();
    made.transport.last.outcome(ACCEPTED);
    take(made as never, 256);
    expect(made.transport.frames).toMatchObject([{ address: SERVER, frame: { kind: "end", seq: 0 } }]);
    await made.client.close();
    expect(made.clock.timerCount).toBe(0);
  });
});
