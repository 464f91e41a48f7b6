import { RpcError } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { type AnyMethod, contract } from "./contract.js";
import { type ContractError, type ErrorsOf, isContractError, type ReasonOf } from "./contract-error.js";
import { errorFactories } from "./error-factories.js";
import { method } from "./method.js";
import { notification } from "./notification.js";

const calculator = contract("CalculatorService", {
  addOne: method({
    errors: {
      tooLarge: { status: 422, data: z.object({ max: z.string().transform(Number) }) },
      locked: { status: 423 },
    },
  }),
  ping: method(),
  log: notification(),
});
type AddOne = typeof calculator.addOne;
declare const error: unknown;

describe("the errors of a method", () => {
  it("are told apart by their reason", () => {
    expectTypeOf<ErrorsOf<AddOne>>().toEqualTypeOf<
      ContractError<"tooLarge", { max: number }> | ContractError<"locked", undefined>
    >();
    expectTypeOf<ReasonOf<AddOne>>().toEqualTypeOf<"tooLarge" | "locked">();
    if (isContractError(error, calculator.addOne)) {
      expectTypeOf(error).toExtend<RpcError>();
      if (error.reason === "tooLarge") expectTypeOf(error.data).toEqualTypeOf<{ max: number }>();
      else expectTypeOf(error.data).toEqualTypeOf<undefined>();
      // @ts-expect-error - the method declares no such error
      error.reason === "gone";
    }
  });

  it("have the data that their schema gives, by their name", () => {
    if (isContractError(error, calculator.addOne, "tooLarge")) {
      expectTypeOf(error.reason).toEqualTypeOf<"tooLarge">();
      expectTypeOf(error.data.max).toEqualTypeOf<number>();
      // @ts-expect-error - no such data
      error.data.min;
    }
    // @ts-expect-error - the method declares no such error
    isContractError(error, calculator.addOne, "gone");
    // @ts-expect-error - a contract is no method
    isContractError(error, calculator);
  });

  it("are none where none is declared, and unknown where nothing is known", () => {
    expectTypeOf<ErrorsOf<typeof calculator.ping>>().toEqualTypeOf<never>();
    expectTypeOf<ErrorsOf<typeof calculator.log>>().toEqualTypeOf<never>();
    expectTypeOf<ErrorsOf<AnyMethod>["data"]>().toEqualTypeOf<unknown>();
    const known = error as ContractError;
    expectTypeOf(known.reason).toEqualTypeOf<string>();
    expectTypeOf(known.data).toEqualTypeOf<unknown>();
    expectTypeOf<ContractError<"tooLarge", { max: number }>>().toExtend<ContractError>();
  });

  it("are made of what their schema takes", () => {
    const errors = errorFactories(calculator.addOne);
    expectTypeOf(errors.tooLarge({ max: "5" })).toEqualTypeOf<ContractError<"tooLarge", { max: number }>>();
    expectTypeOf(errors.locked({ message: "until noon" })).toEqualTypeOf<
      ContractError<"locked", undefined>
    >();
    // @ts-expect-error - what the schema takes is a text
    errors.tooLarge({ max: 5 });
    // @ts-expect-error - its data is missing
    errors.tooLarge();
    // @ts-expect-error - it has no data
    errors.locked({ max: 5 });
    // @ts-expect-error - no such error
    errors.gone();
  });
});

it("every ContractError is an RpcError", () => {
  expectTypeOf<ContractError>().toExtend<RpcError>();
  // @ts-expect-error - not every RpcError is one of a contract
  new RpcError("Remote", "x") satisfies ContractError;
});
