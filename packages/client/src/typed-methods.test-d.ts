import {
  bytes,
  type ContractError,
  contract,
  type ItemStream,
  isContractError,
  method,
  notification,
  stream,
} from "@porthos-rpc/contract";
import { type RpcError, type Transport, valuesCodec } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  type CallOptions,
  type Client,
  type ClientMethods,
  type ContractClientOptions,
  createClient,
  type OneWayOptions,
  type StreamOptions,
} from "./index.js";

declare const transport: Transport;
declare const signal: AbortSignal;

const calculator = contract("CalculatorService", {
  addOne: method({
    input: z.object({ value: z.number(), by: z.number().default(1) }),
    output: z.object({ sum: z.string().transform(Number) }),
    errors: { tooLarge: { status: 422, data: z.object({ max: z.number() }) }, locked: { status: 423 } },
  }),
  ping: method(),
  find: method({ input: z.string().optional(), output: z.string().optional() }),
  picture: method({ input: bytes(), output: bytes() }),
  log: notification({ input: z.tuple([z.string(), z.string()]) }),
  flush: notification(),
  countTo: stream({ input: z.object({ to: z.number() }), output: z.number() }),
  ticks: stream({ output: z.date() }),
  sum: stream({ upload: z.coerce.number<string>(), result: z.number() }),
  store: stream({ input: z.string(), upload: bytes() }),
  chat: stream({ upload: z.string(), output: z.object({ text: z.string() }) }),
});
type Calculator = typeof calculator;

const client = createClient({ transport, contract: calculator });
const { methods } = client;

describe("the options of a call", () => {
  it("may all be undefined, like options that are not there", () => {
    const shared = { timeoutMs: undefined, deadline: undefined, signal: undefined, headers: undefined };
    const alive = { aliveEveryMs: undefined, onAlive: undefined };
    ({ ...shared, ...alive, idempotent: undefined }) satisfies CallOptions;
    ({ ...shared, idempotent: undefined }) satisfies OneWayOptions;
    ({ ...shared, ...alive, idleTimeoutMs: undefined, window: undefined }) satisfies StreamOptions;
  });
});

describe("createClient", () => {
  it("gives with a contract a client that has its methods, and without one a client that has none", () => {
    expectTypeOf(client).toEqualTypeOf<Client<Calculator>>();
    expectTypeOf(methods).toEqualTypeOf<ClientMethods<Calculator>>();
    expectTypeOf<keyof typeof methods>().toEqualTypeOf<keyof Calculator & string>();
    const plain = createClient({ transport, service: "S" });
    expectTypeOf(plain).toEqualTypeOf<Client>();
    expectTypeOf<keyof typeof plain.methods>().toEqualTypeOf<never>();
    // @ts-expect-error - no such method
    methods.addTwo;
    // @ts-expect-error - a client without a contract has no methods
    plain.methods.addOne;
    // @ts-expect-error - read only
    methods.ping = () => Promise.resolve();
  });

  it("takes with a contract what is checked by it, in which codec, and by which name the service goes", () => {
    const options = {
      transport,
      contract: calculator,
      service: "calculator-2",
      validate: { input: false },
      codec: valuesCodec,
      timeoutMs: 500,
    } as const;
    options satisfies ContractClientOptions<Calculator>;
    createClient({ transport: [transport], contract: calculator, validate: false });
    // @ts-expect-error - methods alone are no contract
    createClient({ transport, contract: { ping: method() } });
    // @ts-expect-error - no such check
    createClient({ transport, contract: calculator, validate: { inputs: false } });
    // @ts-expect-error - a codec is no name
    createClient({ transport, contract: calculator, codec: "json" });
    // @ts-expect-error - a client has one codec
    createClient({ transport, contract: calculator, codecs: [valuesCodec] });
    // @ts-expect-error - nothing is checked without a contract
    createClient({ transport, service: "S", validate: false });
    // @ts-expect-error - exactOptionalPropertyTypes
    createClient({ transport, contract: calculator, service: undefined });
  });

  it("keeps the vocabulary without types for a client with a contract", () => {
    expectTypeOf(client.call("addOne").sync).returns.toEqualTypeOf<
      ReturnType<ReturnType<Client["call"]>["sync"]>
    >();
  });
});

describe("a method", () => {
  it("takes what its schema takes, and the options of a call, and gives what its schema gives", () => {
    expectTypeOf(methods.addOne({ value: 1 })).resolves.toEqualTypeOf<{ sum: number }>();
    methods.addOne({ value: 1, by: 2 }, { timeoutMs: 500, deadline: new Date(), signal });
    methods.addOne({ value: 1 }, { aliveEveryMs: 5_000, onAlive: () => {} });
    expectTypeOf<NonNullable<Parameters<typeof methods.addOne>[1]>>().toEqualTypeOf<CallOptions>();
    // @ts-expect-error - the input is missing
    methods.addOne();
    // @ts-expect-error - value is missing
    methods.addOne({ by: 1 });
    // @ts-expect-error - a text is no number
    methods.addOne({ value: "1" });
    // @ts-expect-error - no such option
    methods.addOne({ value: 1 }, { timeout: 500 });
    // @ts-expect-error - a call has no window
    methods.addOne({ value: 1 }, { window: 8 });
    // @ts-expect-error - a deadline is a Date
    methods.addOne({ value: 1 }, { deadline: 500 });
    // @ts-expect-error - a controller is no signal
    methods.addOne({ value: 1 }, { signal: new AbortController() });
    // @ts-expect-error - milliseconds are a number
    methods.addOne({ value: 1 }, { aliveEveryMs: "5s" });
  });

  it("without an input takes the options first", () => {
    expectTypeOf(methods.ping({ timeoutMs: 500 })).resolves.toEqualTypeOf<void>();
    // @ts-expect-error - it takes nothing
    methods.ping({ value: 1 });
    // @ts-expect-error - it takes nothing
    methods.ping(undefined, { timeoutMs: 500 });
  });

  it("whose input may be left out takes the options second all the same", () => {
    expectTypeOf(methods.find()).resolves.toEqualTypeOf<string | undefined>();
    methods.find(undefined, { timeoutMs: 500 });
    // @ts-expect-error - options are no input
    methods.find({ timeoutMs: 500 });
  });

  it("of bytes takes and gives Uint8Array, not Buffer", () => {
    expectTypeOf(methods.picture(new Uint8Array(1))).resolves.toEqualTypeOf<Uint8Array>();
    // @ts-expect-error - a text is no bytes
    methods.picture("x");
  });
});

describe("a notification", () => {
  it("gives nothing, and takes the options of one-way calls: nobody says that he lives", () => {
    expectTypeOf(methods.log(["INFO", "x"])).resolves.toEqualTypeOf<void>();
    methods.log(["INFO", "x"], { timeoutMs: 500, deadline: new Date(), signal });
    methods.flush({ timeoutMs: 500 });
    expectTypeOf<NonNullable<Parameters<typeof methods.flush>[0]>>().toEqualTypeOf<OneWayOptions>();
    // @ts-expect-error - nobody answers, so nobody lives
    methods.log(["INFO", "x"], { aliveEveryMs: 5_000 });
    // @ts-expect-error - nobody answers, so nobody lives
    methods.flush({ onAlive: () => {} });
    // @ts-expect-error - a pair of texts
    methods.log(["INFO"]);
  });
});

describe("a stream", () => {
  it("to the client gives its items at once, and takes the options of streams", () => {
    const items = methods.countTo({ to: 3 }, { window: 8, idleTimeoutMs: 500, timeoutMs: 5_000 });
    expectTypeOf(items).toEqualTypeOf<ItemStream<number>>();
    expectTypeOf(methods.ticks({ window: 1 })).toEqualTypeOf<ItemStream<Date>>();
    expectTypeOf<NonNullable<Parameters<typeof methods.ticks>[0]>>().toEqualTypeOf<StreamOptions>();
    methods.countTo({ to: 3 }, { aliveEveryMs: 1_000, onAlive: () => {}, signal, deadline: new Date() });
    // @ts-expect-error - a stream is no promise
    methods.countTo({ to: 3 }).then;
    // @ts-expect-error - to is missing
    methods.countTo({});
    // @ts-expect-error - no such option
    methods.countTo({ to: 3 }, { credit: 8 });
  });

  it("from the client takes whatever can be iterated, after its input, and gives one answer", () => {
    expectTypeOf(methods.sum(["1", "2"])).resolves.toEqualTypeOf<number>();
    methods.sum(new Set(["1"]), { timeoutMs: 500 });
    expectTypeOf(methods.store("name", pieces())).resolves.toEqualTypeOf<void>();
    // @ts-expect-error - items are texts
    methods.sum([1, 2]);
    // @ts-expect-error - the upload is missing
    methods.sum();
    // @ts-expect-error - the input stands before the upload
    methods.store(pieces());
    // @ts-expect-error - a promise cannot be iterated
    methods.sum(Promise.resolve(["1"]));
  });

  it("both ways takes an upload and gives items", () => {
    expectTypeOf(methods.chat(["hello"], { window: 8 })).toEqualTypeOf<ItemStream<{ text: string }>>();
    // @ts-expect-error - the upload is missing
    methods.chat();
  });

  it("is iterated once, left, or disposed of; its items are typed", async () => {
    for await (const n of methods.countTo({ to: 3 })) expectTypeOf(n).toEqualTypeOf<number>();
    await using items = methods.countTo({ to: 3 });
    expectTypeOf(items.next()).resolves.toEqualTypeOf<IteratorResult<number, void>>();
    expectTypeOf(items.return()).resolves.toEqualTypeOf<IteratorResult<number, void>>();
    expectTypeOf(items).toExtend<AsyncIterable<number>>();
    expectTypeOf(items).toExtend<AsyncDisposable>();
    // @ts-expect-error - numbers are no texts
    items satisfies AsyncIterable<string>;
    // @ts-expect-error - it is asynchronous
    for (const _ of items);
  });

  it("of the builder has items as the caller claims them to be, unknown without a claim", () => {
    const call = client.call("countTo");
    expectTypeOf(call.stream()).toEqualTypeOf<ItemStream<unknown>>();
    expectTypeOf(call.stream<number>({ upload: [1, "x"] })).toEqualTypeOf<ItemStream<number>>();
    call.withLiveness(5_000).withDeadline(new Date()).withSignal(signal).stream({ window: 8 });
    // @ts-expect-error - the time of all of it is said by withTimeout
    call.stream({ timeoutMs: 500 });
    // @ts-expect-error - a number cannot be iterated
    call.stream({ upload: 7 });
    // @ts-expect-error - a listener is a function
    call.withLiveness(5_000, "alive");
  });
});

describe("an error of a method", () => {
  it("is told by its name, with its data", async () => {
    try {
      await methods.addOne({ value: 1 });
    } catch (error) {
      expectTypeOf(error).toBeUnknown();
      if (isContractError(error, calculator.addOne, "tooLarge")) {
        expectTypeOf(error).toEqualTypeOf<ContractError<"tooLarge", { max: number }>>();
        expectTypeOf(error.data.max).toEqualTypeOf<number>();
        expectTypeOf(error).toExtend<RpcError>();
      } else if (isContractError(error, calculator.addOne)) {
        expectTypeOf(error.reason).toEqualTypeOf<"tooLarge" | "locked">();
        if (error.reason === "locked") expectTypeOf(error.data).toEqualTypeOf<undefined>();
      } else {
        // @ts-expect-error - it may be anything
        error.data;
      }
      // @ts-expect-error - the method declares no such error
      isContractError(error, calculator.addOne, "tooSmall");
      // @ts-expect-error - the method declares none
      isContractError(error, calculator.ping, "tooLarge");
    }
  });
});

declare function pieces(): AsyncGenerator<Uint8Array>;
