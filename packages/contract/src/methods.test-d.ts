import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { bytes } from "./bytes.js";
import { contract } from "./contract.js";
import { method } from "./method.js";
import type { ItemStream, Methods } from "./methods.js";
import { notification } from "./notification.js";
import { stream } from "./stream.js";

const calculator = contract("CalculatorService", {
  addOne: method({
    input: z.object({ value: z.number(), by: z.number().default(1) }),
    output: z.object({ sum: z.coerce.number() }),
  }),
  ping: method(),
  find: method({ input: v.optional(v.string()), output: v.nullable(v.date()) }),
  picture: method({ input: type({ id: "string" }), output: bytes({ contentType: "image/png" }) }),
  log: notification({ input: z.tuple([z.string(), z.string()]) }),
  flush: notification(),
  countTo: stream({ input: z.object({ to: z.number() }), output: z.number() }),
  ticks: stream({ output: type("string.date.parse") }),
  sum: stream({ upload: z.coerce.number<string>(), result: z.number() }),
  store: stream({ input: z.string().optional(), upload: bytes() }),
  chat: stream({
    input: z.object({ room: z.string() }),
    upload: z.string(),
    output: z.object({ text: z.string() }),
  }),
});

interface Options {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}
interface OneWay {
  readonly signal?: AbortSignal;
}
declare const methods: Methods<typeof calculator, Options, OneWay>;

describe("Methods", () => {
  it("are the contract's, and nothing else", () => {
    expectTypeOf<keyof typeof methods>().toEqualTypeOf<
      | "addOne"
      | "ping"
      | "find"
      | "picture"
      | "log"
      | "flush"
      | "countTo"
      | "ticks"
      | "sum"
      | "store"
      | "chat"
    >();
    // @ts-expect-error - no such method
    methods.addTwo;
    // @ts-expect-error - read only
    methods.ping = () => Promise.resolve();
  });

  it("take what the schema takes and give what it gives", () => {
    expectTypeOf(methods.addOne({ value: 1 })).resolves.toEqualTypeOf<{ sum: number }>();
    methods.addOne({ value: 1, by: 2 }, { timeoutMs: 500 });
    // @ts-expect-error - value is missing
    methods.addOne({ by: 2 });
    // @ts-expect-error - a text is no number
    methods.addOne({ value: "1" });
    // @ts-expect-error - the input is missing
    methods.addOne();
    // @ts-expect-error - no such option
    methods.addOne({ value: 1 }, { timeout: 500 });
    // @ts-expect-error - nothing comes after the options
    methods.addOne({ value: 1 }, {}, {});
  });

  it("take no input where the contract has none, and give void where it has no output", () => {
    expectTypeOf(methods.ping()).resolves.toEqualTypeOf<void>();
    methods.ping({ timeoutMs: 500 });
    // @ts-expect-error - the only argument are the options
    methods.ping({ value: 1 });
    // @ts-expect-error - the only argument are the options
    methods.ping(undefined, { timeoutMs: 500 });
  });

  it("let a caller leave out what the schema lets him leave out", () => {
    expectTypeOf(methods.find()).resolves.toEqualTypeOf<Date | null>();
    methods.find("x");
    methods.find(undefined, { timeoutMs: 500 });
    // @ts-expect-error - the options are no input
    methods.find({ timeoutMs: 500 });
  });

  it("of one way give nothing and take the options of one way", () => {
    expectTypeOf(methods.log(["INFO", "x"])).resolves.toEqualTypeOf<void>();
    methods.flush({ signal: new AbortController().signal });
    // @ts-expect-error - a notification has no timeout
    methods.log(["INFO", "x"], { timeoutMs: 500 });
    // @ts-expect-error - a pair of texts
    methods.log(["INFO"]);
  });

  it("with items from the server give a stream of them at once", () => {
    expectTypeOf(methods.countTo({ to: 3 }, { timeoutMs: 500 })).toEqualTypeOf<ItemStream<number>>();
    expectTypeOf(methods.ticks()).toEqualTypeOf<ItemStream<Date>>();
    expectTypeOf<ItemStream<Date>>().toExtend<AsyncIterable<Date>>();
    expectTypeOf<ItemStream<Date>>().toExtend<AsyncDisposable>();
    // @ts-expect-error - to is missing
    methods.countTo({});
  });

  it("with items from the client take whatever can be iterated", () => {
    expectTypeOf(methods.sum(["1", "2"])).resolves.toEqualTypeOf<number>();
    methods.sum(new Set(["1"]), { timeoutMs: 500 });
    expectTypeOf(methods.store("name", pieces())).resolves.toEqualTypeOf<void>();
    methods.store(undefined, pieces());
    expectTypeOf(methods.chat({ room: "x" }, ["hello"], {})).toEqualTypeOf<ItemStream<{ text: string }>>();
    // @ts-expect-error - items are texts
    methods.sum([1, 2]);
    // @ts-expect-error - the input stands before the upload
    methods.chat(["hello"]);
    // @ts-expect-error - the upload is missing
    methods.chat({ room: "x" });
  });

  it("give bytes as they are", () => {
    expectTypeOf(methods.picture({ id: "1" })).resolves.toEqualTypeOf<Uint8Array>();
  });
});

declare function pieces(): AsyncGenerator<Uint8Array>;
