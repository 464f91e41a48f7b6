import { bytes, type ContractError, contract, method, notification, stream } from "@porthos-rpc/contract";
import { type Headers, type ReadonlyHeaders, type Transport, valuesCodec } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  type CallContext,
  type ContractServerOptions,
  createServer,
  type Request,
  type Server,
  type ServerHandlers,
  type StreamHandler,
} from "./index.js";

declare const transport: Transport;

const calculator = contract("CalculatorService", {
  addOne: method({
    input: z.object({ value: z.number(), by: z.number().default(1) }),
    output: z.object({ sum: z.coerce.number<string | number>() }),
    errors: { tooLarge: { status: 422, data: z.object({ max: z.number() }) }, locked: { status: 423 } },
  }),
  ping: method(),
  picture: method({ input: bytes(), output: bytes() }),
  log: notification({ input: z.tuple([z.string(), z.string()]) }),
  countTo: stream({ input: z.object({ to: z.number() }), output: z.number() }),
  sum: stream({ upload: z.coerce.number<string>(), result: z.number() }),
  chat: stream({ input: z.string(), upload: z.string(), output: z.object({ text: z.string() }) }),
});
type Calculator = typeof calculator;
type Served = ServerHandlers<Calculator>;

const server = createServer({ transport, contract: calculator });

const good: Served = {
  addOne: ({ value, by }, context) => {
    expectTypeOf(by).toEqualTypeOf<number>();
    expectTypeOf(context).toExtend<CallContext>();
    if (value > 10) throw context.errors.locked();
    return { sum: String(value + by) };
  },
  ping: () => {},
  picture: (image) => image.slice().reverse(),
  log: async ([level, text]) => {
    expectTypeOf(level + text).toEqualTypeOf<string>();
  },
  async *countTo({ to }, { signal }) {
    for (let n = 1; n <= to && !signal.aborted; n++) yield n;
  },
  sum: async (input, { upload }) => {
    expectTypeOf(input).toEqualTypeOf<undefined>();
    expectTypeOf(upload).toEqualTypeOf<AsyncIterable<number>>();
    let total = 0;
    for await (const n of upload) total += n;
    return total;
  },
  async *chat(room, { upload }) {
    for await (const text of upload) yield { text: `${room}: ${text}` };
  },
};

describe("createServer", () => {
  it("gives with a contract a server that implements it, and without one a server that cannot", () => {
    expectTypeOf(server).toEqualTypeOf<Server<Calculator>>();
    expectTypeOf(server.implement).parameter(0).toEqualTypeOf<Served>();
    const plain = createServer({ transport, service: "S" });
    expectTypeOf(plain).toEqualTypeOf<Server>();
    expectTypeOf(plain.implement).parameter(0).toEqualTypeOf<never>();
    // @ts-expect-error - a server without a contract has nothing to implement
    plain.implement(good);
    // @ts-expect-error - not even nothing
    plain.implement({});
  });

  it("takes with a contract what is checked by it, which codecs it reads, and by which name it goes", () => {
    const options = {
      transport,
      contract: calculator,
      service: "calculator-2",
      validate: { output: false },
      codecs: [valuesCodec],
      maxInFlight: 10,
    } as const;
    options satisfies ContractServerOptions<Calculator>;
    // @ts-expect-error - methods alone are no contract
    createServer({ transport, contract: { ping: method() } });
    // @ts-expect-error - a server reads several
    createServer({ transport, contract: calculator, codec: valuesCodec });
    // @ts-expect-error - no such check
    createServer({ transport, contract: calculator, validate: { outputs: false } });
    // @ts-expect-error - nothing is checked without a contract
    createServer({ transport, service: "S", validate: false });
  });
});

describe("implement", () => {
  it("takes a handler for each method, and for no other", () => {
    server.implement(good);
    const { ping: _, ...rest } = good;
    // @ts-expect-error - ping is missing
    server.implement(rest);
    // @ts-expect-error - no such method
    server.implement({ ...good, addTwo: () => {} });
    // @ts-expect-error - a handler is a function
    server.implement({ ...good, ping: { handle: () => {} } });
    // @ts-expect-error - a handler gets its input and a context
    server.implement({ ...good, ping: (_input, _context, _more) => {} });
  });

  it("takes what the schema takes for an answer, or a promise of it", () => {
    server.implement({ ...good, addOne: async () => ({ sum: 1 }) });
    // @ts-expect-error - a sum is no boolean
    server.implement({ ...good, addOne: () => ({ sum: true }) });
    // @ts-expect-error - sum is missing
    server.implement({ ...good, addOne: async () => ({}) });
    // @ts-expect-error - nothing is no sum
    server.implement({ ...good, addOne: () => {} });
    // @ts-expect-error - ping answers nothing
    server.implement({ ...good, ping: () => 1 });
    // @ts-expect-error - a text is no bytes
    server.implement({ ...good, picture: () => "x" });
    // @ts-expect-error - an upload results in a number
    server.implement({ ...good, sum: () => "1" });
  });

  it("takes whatever can be iterated for items", () => {
    server.implement({ ...good, countTo: () => [1, 2] });
    server.implement({ ...good, countTo: async () => new Set([1]) });
    // @ts-expect-error - one number is no stream
    server.implement({ ...good, countTo: () => 1 });
    // @ts-expect-error - items are numbers
    server.implement({ ...good, countTo: () => ["1"] });
    const chat = async function* () {
      yield { txt: "x" };
    };
    // @ts-expect-error - text is missing
    server.implement({ ...good, chat });
  });

  it("gives handlers what the schema gives", () => {
    server.implement({
      ...good,
      // @ts-expect-error - value is a number
      addOne: (input: { value: string }) => ({ sum: input.value }),
    });
    server.implement({
      ...good,
      // @ts-expect-error - the caller may upload texts, but the handler gets numbers
      sum: async (_, { upload }: { upload: AsyncIterable<string> }) => Number(upload),
    });
  });

  it("gives an upload only where there is one", () => {
    // @ts-expect-error - nothing is uploaded
    server.implement({ ...good, countTo: (_, { upload }) => upload });
    server.implement({
      ...good,
      addOne: (_, context) => {
        // @ts-expect-error - nothing is uploaded
        context.upload;
        return { sum: 1 };
      },
    });
  });

  it("gives each handler its own method's errors, which take their data", () => {
    server.implement({
      ...good,
      addOne: (_, { errors }) => {
        expectTypeOf(errors.tooLarge({ max: 1 })).toEqualTypeOf<ContractError<"tooLarge", { max: number }>>();
        errors.locked({ message: "until noon", cause: new Error() });
        // @ts-expect-error - max is a number
        errors.tooLarge({ max: "1" });
        // @ts-expect-error - its data is missing
        errors.tooLarge();
        // @ts-expect-error - it has no data
        errors.locked({ max: 1 });
        // @ts-expect-error - declares no such error
        errors.tooSmall;
        return { sum: 1 };
      },
      ping: (_, { errors }) => {
        // @ts-expect-error - another method's
        errors.tooLarge;
      },
    });
  });
});

describe("a handler's context", () => {
  const use = (context: CallContext): void => {
    expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
    expectTypeOf(context.deadline).toEqualTypeOf<Date | undefined>();
    expectTypeOf(context.headers).toEqualTypeOf<ReadonlyHeaders>();
    expectTypeOf(context.responseHeaders).toEqualTypeOf<Headers>();
    expectTypeOf(context.redelivered).toBeBoolean();
    expectTypeOf(context.method).toBeString();
    // @ts-expect-error - the caller's are read only
    context.headers.set("a", 1);
    // @ts-expect-error - computed
    context.deadline = new Date();
    // @ts-expect-error - a context is no request
    context.json();
    // @ts-expect-error - the inside of a server
    context.call;
  };

  it("is the same for every method", () => {
    server.implement({ ...good, ping: (_, context) => use(context), log: (_, context) => use(context) });
  });
});

describe("registerStream", () => {
  it("takes a handler of a request and an upload that gives items", () => {
    server.registerStream("a", async function* (request, upload) {
      expectTypeOf(request).toEqualTypeOf<Request>();
      expectTypeOf(upload).toEqualTypeOf<AsyncIterable<unknown>>();
      for await (const item of upload) yield item;
    });
    server.registerStream("b", () => [1, "x"]);
    (() => new Map([[1, 2]])) satisfies StreamHandler;
    // @ts-expect-error - nothing is no stream
    server.registerStream("c", () => {});
    // @ts-expect-error - a promise cannot be iterated
    server.registerStream("d", async () => [1]);
    // @ts-expect-error - items are unknown until they are looked at
    server.registerStream("e", (_request, upload: AsyncIterable<number>) => upload);
  });
});

describe("what a server tells of requests that come again", () => {
  it("has their ids and counts", () => {
    const server: Server = createServer({ transport, service: "S" });
    server.on("duplicate", ({ correlationId }) =>
      expectTypeOf(correlationId).toEqualTypeOf<string | undefined>(),
    );
    server.on("poisoned", ({ deliveries }) => expectTypeOf(deliveries).toEqualTypeOf<number>());
  });
});
