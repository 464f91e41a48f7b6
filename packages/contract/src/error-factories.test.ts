import { describe, expect, it } from "vitest";
import { z } from "zod";
import { schemaThat } from "../test/standard.js";
import { contract } from "./contract.js";
import { type ContractErrorOptions, errorFactories } from "./error-factories.js";
import { method } from "./method.js";

const { addOne } = contract("CalculatorService", {
  addOne: method({
    errors: {
      tooLarge: { status: 422, description: "The value is too large", data: z.object({ max: z.number() }) },
      locked: { status: 423 },
      checked: { status: 400, data: z.string().refine(async (text) => text !== "no") },
      broken: {
        status: 400,
        data: schemaThat(() => {
          throw new Error("broken");
        }),
      },
    },
  }),
});
const errors = errorFactories(addOne);

describe("errorFactories", () => {
  it("has a function for each error, and nothing else", () => {
    expect(Object.keys(errors)).toEqual(["tooLarge", "locked", "checked", "broken"]);
    expect("constructor" in errors).toBe(false);
    expect(Object.isFrozen(errors)).toBe(true);
  });

  it("makes errors with data, and with none", () => {
    expect(errors.tooLarge({ max: 5 })).toMatchObject({ reason: "tooLarge", status: 422, data: { max: 5 } });
    expect(errors.locked()).toMatchObject({
      reason: "locked",
      status: 423,
      data: undefined,
      detail: undefined,
    });
  });

  it("says what it is told, or else what the contract says", () => {
    expect(errors.tooLarge({ max: 5 }).detail).toBe("The value is too large");
    expect(errors.tooLarge({ max: 5 }, { message: "9 is more" }).detail).toBe("9 is more");
    const cause = new Error("behind it");
    expect(errors.locked({ message: "until noon", cause })).toMatchObject({ detail: "until noon", cause });
    expect(errors.locked({ message: "x".repeat(5_000) }).detail).toHaveLength(1_000);
  });

  it("lets nothing leave the service that the contract does not name", () => {
    const data = { max: 5, password: "hunter2" };
    expect(errors.tooLarge(data).data).toEqual({ max: 5 });
  });

  it("refuses data that does not fit, where the handler made it, without telling the value", () => {
    const wrong = { max: "hunter2" } as unknown as { max: number };
    expect(() => errors.tooLarge(wrong)).toThrow(TypeError);
    expect(() => errors.tooLarge(wrong)).toThrow(
      /^CalculatorService\.addOne: the data of error "tooLarge" does not fit its schema: max: .*expected number/,
    );
    expect(() => errors.tooLarge(wrong)).not.toThrow("hunter2");
    expect(() => errors.broken(1)).toThrow(expect.objectContaining({ cause: new Error("broken") }));
  });

  it("leaves data to the receiver whose validator is asynchronous", () => {
    expect(errors.checked("no").data).toBe("no");
  });

  it("has a stack that begins where the handler made it", () => {
    function handlerThatFails(): Error {
      return errors.locked();
    }
    expect(handlerThatFails().stack).toContain("handlerThatFails");
  });

  it.each([
    [{ mesage: "x" }, 'errors.locked: unknown option "mesage"; the options are message, cause'],
    [{ message: 1 }, 'errors.locked: option "message" must be a text, got 1'],
    ["text", "errors.locked: expected an object of options, got a text"],
  ])("refuses the options %j at once, by name", (options: unknown, why) => {
    expect(() => errors.locked(options as ContractErrorOptions)).toThrow(why);
  });

  it("refuses a method of no contract", () => {
    expect(() => errorFactories(method())).toThrow("errorFactories: this method is not a part of a contract");
  });
});
