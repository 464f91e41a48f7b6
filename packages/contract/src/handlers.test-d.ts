import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { contract } from "./contract.js";
import type { ContractError } from "./contract-error.js";
import type { Handlers } from "./handlers.js";
import { method } from "./method.js";
import { notification } from "./notification.js";
import { stream } from "./stream.js";

const _calculator = contract("CalculatorService", {
  addOne: method({
    input: z.object({ value: z.number(), by: z.number().default(1) }),
    output: z.object({ sum: z.coerce.number<string | number>() }),
    errors: { tooLarge: { status: 422, data: z.object({ max: z.number() }) }, locked: { status: 423 } },
  }),
  ping: method(),
  log: notification({ input: z.tuple([z.string(), z.string()]) }),
  countTo: stream({ input: z.object({ to: z.number() }), output: z.number() }),
  sum: stream({ upload: z.coerce.number<string>(), result: z.number() }),
  chat: stream({
    input: z.string(),
    upload: z.string(),
    output: z.object({ kind: z.literal("text"), text: z.string() }),
  }),
});
type Context = { readonly signal: AbortSignal };
type Served = Handlers<typeof _calculator, Context>;

const good: Served = {
  addOne: ({ value, by }, { errors, signal }) => {
    expectTypeOf(by).toEqualTypeOf<number>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    expectTypeOf(errors.tooLarge({ max: 1 })).toEqualTypeOf<ContractError<"tooLarge", { max: number }>>();
    if (value > 10) throw errors.locked();
    return { sum: String(value + by) };
  },
  ping: () => {},
  log: async ([level, text]) => {
    expectTypeOf(level + text).toEqualTypeOf<string>();
  },
  async *countTo({ to }, { signal }) {
    for (let n = 1; n <= to && !signal.aborted; n++) yield n;
  },
  sum: async (input, { upload }) => {
    expectTypeOf(input).toEqualTypeOf<undefined>();
    let total = 0;
    for await (const n of upload) total += n;
    return total;
  },
  async *chat(room, { upload }) {
    for await (const text of upload) yield { kind: "text", text: `${room}: ${text}` };
  },
};

describe("Handlers", () => {
  it("are typed by the contract alone", () => {
    expectTypeOf(good).toEqualTypeOf<Served>();
    expectTypeOf<Parameters<Served["ping"]>[0]>().toEqualTypeOf<undefined>();
  });

  it("are all there, and no other", () => {
    const { ping: _, ...rest } = good;
    // @ts-expect-error - ping is missing
    rest satisfies Served;
    // @ts-expect-error - no such method
    ({ ...good, addTwo: () => {} }) satisfies Served;
  });

  it("return what the schema takes, or a promise of it", () => {
    (() => ({ sum: 1 })) satisfies Served["addOne"];
    (async () => ({ sum: "1" })) satisfies Served["addOne"];
    // @ts-expect-error - sum is missing
    (() => ({})) satisfies Served["addOne"];
    // @ts-expect-error - nothing is no sum
    (() => {}) satisfies Served["addOne"];
    // @ts-expect-error - ping answers nothing
    (() => 1) satisfies Served["ping"];
    // @ts-expect-error - a notification answers nothing
    (async () => 1) satisfies Served["log"];
  });

  it("of streams give items by whatever can be iterated", () => {
    (() => [1, 2]) satisfies Served["countTo"];
    (async () => new Set([1])) satisfies Served["countTo"];
    (function* () {
      yield 1;
    }) satisfies Served["countTo"];
    // @ts-expect-error - one number is no stream
    (() => 1) satisfies Served["countTo"];
    const texts = async function* (): AsyncGenerator<string> {
      yield "1";
    };
    // @ts-expect-error - items are numbers
    texts satisfies Served["countTo"];
  });

  it("get an upload only where there is one", () => {
    // @ts-expect-error - nothing is uploaded
    ((_: unknown, { upload }) => [upload]) satisfies Served["countTo"];
    ((_: unknown, { errors }) => {
      // @ts-expect-error - declares no such error
      errors.tooSmall;
      // @ts-expect-error - max is a number
      errors.tooLarge({ max: "1" });
      // @ts-expect-error - its data is missing
      errors.tooLarge();
      // @ts-expect-error - it has no data
      errors.locked({ max: 1 });
      errors.locked({ message: "until noon", cause: new Error() });
      return { sum: 1 };
    }) satisfies Served["addOne"];
  });
});
