import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import {
  type AnyContract,
  type AnyMethod,
  type Contract,
  contract,
  isContract,
  methodsOf,
  serviceOf,
} from "./contract.js";
import type { NoErrors } from "./declared-errors.js";
import { type Method, method } from "./method.js";
import { type Notification, notification } from "./notification.js";
import { type StreamMethod, stream } from "./stream.js";

const input = z.string();
const output = z.number();
const calculator = contract("CalculatorService", {
  addOne: method({ input, output, errors: { gone: { status: 410, data: output } } }),
  ping: method(),
  log: notification({ input }),
  flush: notification(),
  countTo: stream({ input, output }),
  sum: stream({ upload: output, result: output }),
  store: stream({ upload: input }),
  chat: stream({ upload: input, output }),
});

describe("a contract", () => {
  it("knows of each method the schemas that it was given, and no others", () => {
    expectTypeOf(calculator.addOne).toEqualTypeOf<
      Method<typeof input, typeof output, { gone: { status: number; data: typeof output } }>
    >();
    expectTypeOf(calculator.ping).toEqualTypeOf<Method<undefined, undefined, NoErrors>>();
    expectTypeOf(calculator.log).toEqualTypeOf<Notification<typeof input>>();
    expectTypeOf(calculator.flush).toEqualTypeOf<Notification<undefined>>();
    expectTypeOf(calculator.countTo).toEqualTypeOf<
      StreamMethod<typeof input, undefined, typeof output, undefined, NoErrors>
    >();
    expectTypeOf(calculator.sum).toEqualTypeOf<
      StreamMethod<undefined, typeof output, undefined, typeof output, NoErrors>
    >();
    expectTypeOf(calculator.store).toEqualTypeOf<
      StreamMethod<undefined, typeof input, undefined, undefined, NoErrors>
    >();
    expectTypeOf(calculator.chat).toEqualTypeOf<
      StreamMethod<undefined, typeof input, typeof output, undefined, NoErrors>
    >();
    // @ts-expect-error - no such method
    calculator.addTwo;
    // @ts-expect-error - read only
    calculator.ping = method();
  });

  it("is one that others take who know nothing of it", () => {
    expectTypeOf(calculator).toExtend<AnyContract>();
    expectTypeOf(serviceOf(calculator)).toEqualTypeOf<string>();
    expectTypeOf(methodsOf(calculator)).toEqualTypeOf<ReadonlyMap<string, AnyMethod>>();
    expectTypeOf<Contract<{ ping: typeof calculator.ping }>>().toExtend<AnyContract>();
    const value: unknown = calculator;
    if (isContract(value)) expectTypeOf(value).toEqualTypeOf<AnyContract>();
    // @ts-expect-error - methods alone are no contract
    serviceOf({ ping: method() });
  });

  it("has kinds by which methods are told apart", () => {
    const kindOf = (one: AnyMethod): void => {
      if (one.kind === "stream") expectTypeOf(one).toEqualTypeOf<StreamMethod>();
      else if (one.kind === "notification") expectTypeOf(one).toEqualTypeOf<Notification>();
      else expectTypeOf(one).toEqualTypeOf<Method>();
    };
    kindOf(calculator.ping);
  });

  it("takes methods only", () => {
    // @ts-expect-error - a function is no method
    contract("S", { addOne: () => 1 });
    // @ts-expect-error - a service has a name
    contract({ addOne: method() });
  });
});

describe("the options of a method", () => {
  it("are known by name", () => {
    // @ts-expect-error - a typing slip
    method({ inptu: input });
    // @ts-expect-error - no Standard Schema
    method({ input: { type: "string" } });
    // @ts-expect-error - an error has a status
    method({ errors: { gone: {} } });
    // @ts-expect-error - nobody answers
    notification({ output });
    method({ description: "Adds one", input, output, idempotent: true, errors: { gone: { status: 410 } } });
  });

  it("of a stream have items one way or both", () => {
    // @ts-expect-error - items of which way?
    stream({ input });
    // @ts-expect-error - the items are the answer
    stream({ output, result: output });
    // @ts-expect-error - the items are the answer
    stream({ upload: input, output, result: output });
    // @ts-expect-error - half of one cannot be run again
    stream({ output, idempotent: true });
    stream({ upload: input, output, errors: { full: { status: 429, description: "full" } } });
  });
});
