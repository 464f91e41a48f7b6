import { RpcError } from "@porthos-rpc/protocol";
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { contract } from "./contract.js";
import { ContractError, isContractError } from "./contract-error.js";
import { errorFactories } from "./error-factories.js";
import { method } from "./method.js";

const calculator = contract("CalculatorService", {
  addOne: method({
    errors: { tooLarge: { status: 422, data: z.object({ max: z.number() }) }, locked: { status: 423 } },
  }),
  addTwo: method({ errors: { locked: { status: 423 } } }),
});
const cause = new Error("behind it");
const tooLarge = errorFactories(calculator.addOne).tooLarge(
  { max: 5 },
  { message: "9 is more than 5", cause },
);

describe("ContractError", () => {
  it("is an RpcError that says where it comes from, what it is, and that the handler ran", () => {
    expect(tooLarge).toBeInstanceOf(Error);
    expect(tooLarge).toBeInstanceOf(RpcError);
    expect(tooLarge).toMatchObject({
      name: "ContractError",
      message: "CalculatorService.addOne: tooLarge: 9 is more than 5",
      code: "Remote",
      executed: "yes",
      retryable: false,
      status: 422,
      service: "CalculatorService",
      method: "addOne",
      reason: "tooLarge",
      data: { max: 5 },
      detail: "9 is more than 5",
      cause,
    });
    expect(Object.keys(tooLarge)).not.toContain("name");
  });

  it("gives a log what it needs, without stack and cause", () => {
    expect(JSON.parse(JSON.stringify(tooLarge))).toEqual({
      name: "ContractError",
      code: "Remote",
      message: "CalculatorService.addOne: tooLarge: 9 is more than 5",
      executed: "yes",
      status: 422,
      retryable: false,
      service: "CalculatorService",
      method: "addOne",
      reason: "tooLarge",
      data: { max: 5 },
    });
    expect("data" in errorFactories(calculator.addOne).locked().toJSON()).toBe(false);
  });

  it("is known across two copies of the package", async () => {
    vi.resetModules();
    const copy = await import("./contract-error.js");
    expect(copy.ContractError).not.toBe(ContractError);
    expect(tooLarge).toBeInstanceOf(copy.ContractError);
    expect(copy.isContractError(tooLarge, calculator.addOne, "tooLarge")).toBe(true);
  });

  it("is not what every RpcError is, nor a subclass of it what every ContractError is", () => {
    class Own extends ContractError {}
    expect(new RpcError("Remote", "x")).not.toBeInstanceOf(ContractError);
    expect(tooLarge).not.toBeInstanceOf(Own);
    for (const other of [undefined, null, "text", {}]) expect(other).not.toBeInstanceOf(ContractError);
  });
});

describe("isContractError", () => {
  it("knows a method's errors, and each by its name", () => {
    expect(isContractError(tooLarge, calculator.addOne)).toBe(true);
    expect(isContractError(tooLarge, calculator.addOne, "tooLarge")).toBe(true);
    expect(isContractError(tooLarge, calculator.addOne, "locked")).toBe(false);
  });

  it("does not take an error of another method, or another service, for the method's own", () => {
    const other = contract("OtherService", { addOne: calculator.addOne });
    const locked = errorFactories(calculator.addTwo).locked();
    expect(isContractError(locked, calculator.addTwo, "locked")).toBe(true);
    expect(isContractError(locked, calculator.addOne, "locked")).toBe(false);
    expect(isContractError(tooLarge, other.addOne)).toBe(false);
  });

  it("does not take an error for declared that another version of the contract declares", () => {
    const { service, method: name, status, data } = tooLarge;
    const newer = new ContractError({ service, method: name, status, data, reason: "tooOld" });
    expect(isContractError(newer, calculator.addOne)).toBe(false);
  });

  it("takes whatever was thrown", () => {
    const hostile = new Proxy(
      {},
      {
        has: () => {
          throw new Error("trap");
        },
      },
    );
    for (const thrown of [undefined, null, "text", new Error("x"), new RpcError("Remote", "x"), hostile]) {
      expect(isContractError(thrown, calculator.addOne)).toBe(false);
    }
  });

  it("refuses a method of no contract, and an error that the method does not declare", () => {
    const loose = method({ errors: { locked: { status: 423 } } });
    expect(() => isContractError(tooLarge, loose)).toThrow(
      "isContractError: this method is not a part of a contract",
    );
    expect(() => isContractError(tooLarge, {} as typeof loose)).toThrow("expected a method of a contract");
    expect(() => isContractError(tooLarge, calculator.addOne, "toolarge" as "tooLarge")).toThrow(
      'isContractError: CalculatorService.addOne declares no error "toolarge"',
    );
  });
});
