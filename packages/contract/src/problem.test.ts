import { jsonCodec, problemResponse } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { schemaThat } from "../test/standard.js";
import { contract } from "./contract.js";
import { errorFactories } from "./error-factories.js";
import { method } from "./method.js";
import { notification } from "./notification.js";
import { contractErrorFromProblem, contractErrorToProblem } from "./problem.js";

const calculator = contract("CalculatorService", {
  addOne: method({
    errors: {
      tooLarge: { status: 422, data: z.object({ max: z.number(), unit: z.string().default("m") }) },
      locked: { status: 423, description: "The service is locked" },
      slow: { status: 400, data: z.string().refine(async (text) => text !== "no") },
      broken: {
        status: 400,
        data: schemaThat(() => {
          throw new Error("broken");
        }),
      },
    },
  }),
  log: notification(),
});
const { addOne } = calculator;
const errors = errorFactories(addOne);

/** What the other end reads. */
function travelled(problem: Parameters<typeof problemResponse>[0]): unknown {
  return jsonCodec.decode(problemResponse(problem).body);
}

describe("a declared error on the wire", () => {
  it("is a problem with its name as the type, and its data", () => {
    const cause = new Error("secret");
    const problem = contractErrorToProblem(errors.tooLarge({ max: 5 }, { message: "9 is more", cause }));
    expect(travelled(problem)).toEqual({
      type: "urn:porthos:error:tooLarge",
      title: "tooLarge",
      status: 422,
      detail: "9 is more",
      executed: "yes",
      data: { max: 5, unit: "m" },
    });
    expect(contractErrorToProblem(errors.locked({ message: "" }))).not.toHaveProperty("data");
  });

  it("arrives as the error that it was, without what stays behind", () => {
    const sent = errors.tooLarge({ max: 5 }, { message: "9 is more", cause: new Error("secret") });
    const received = contractErrorFromProblem(addOne, 422, travelled(contractErrorToProblem(sent)));
    expect(received).toMatchObject({ ...sent.toJSON(), detail: "9 is more" });
    expect(received).not.toBe(sent);
    expect((received as Error).cause).toBeUndefined();
    expect(
      contractErrorFromProblem(addOne, 423, travelled(contractErrorToProblem(errors.locked()))),
    ).toMatchObject({
      reason: "locked",
      data: undefined,
      detail: "The service is locked",
    });
  });

  it("has what its schema makes of its data", () => {
    const problem = { type: "urn:porthos:error:tooLarge", data: { max: 5, other: 1 } };
    expect(contractErrorFromProblem(addOne, 422, problem)).toMatchObject({ data: { max: 5, unit: "m" } });
    expect(
      contractErrorFromProblem(addOne, 423, { type: "urn:porthos:error:locked", data: 7 }),
    ).toMatchObject({
      data: undefined,
    });
  });

  it("keeps the status of the reply, which may come from another version of the contract", () => {
    const problem = { type: "urn:porthos:error:locked", status: 423 };
    expect(contractErrorFromProblem(addOne, 409, problem)).toMatchObject({ reason: "locked", status: 409 });
  });

  it("waits for an asynchronous validator", async () => {
    const received = contractErrorFromProblem(addOne, 400, { type: "urn:porthos:error:slow", data: "yes" });
    expect(received).toBeInstanceOf(Promise);
    expect(await received).toMatchObject({ reason: "slow", data: "yes" });
    const misfit = contractErrorFromProblem(addOne, 400, { type: "urn:porthos:error:slow", data: "no" });
    expect(await misfit).toBeUndefined();
  });

  it.each([
    ["no problem at all", undefined],
    ["null", null],
    ["a text", "urn:porthos:error:locked"],
    ["an array", ["urn:porthos:error:locked"]],
    ["a problem without a type", { title: "locked", status: 423 }],
    ["a problem of another type", { type: "about:blank" }],
    ["a type that is no text", { type: ["urn:porthos:error:locked"] }],
    ["an error that is not declared", { type: "urn:porthos:error:gone" }],
    ["a name of every object", { type: "urn:porthos:error:constructor" }],
    ["a name of every object", { type: "urn:porthos:error:__proto__" }],
    ["no name", { type: "urn:porthos:error:" }],
    ["another case", { type: "urn:porthos:error:LOCKED" }],
    ["data that does not fit", { type: "urn:porthos:error:tooLarge", data: { max: "5" } }],
    ["no data", { type: "urn:porthos:error:tooLarge" }],
    ["data whose validator fails", { type: "urn:porthos:error:broken", data: 1 }],
  ])("is none if there is %s", (_title, problem: unknown) => {
    expect(contractErrorFromProblem(addOne, 423, problem)).toBeUndefined();
  });

  it("does not take a stranger's detail for more than a text", () => {
    const type = "urn:porthos:error:locked";
    expect(contractErrorFromProblem(addOne, 423, { type, detail: { a: 1 } })).toMatchObject({
      detail: undefined,
    });
    expect(contractErrorFromProblem(addOne, 423, { type, detail: "x".repeat(5_000) })).toMatchObject({
      detail: "x".repeat(1_000),
    });
  });

  it("is never one of a notification, and refuses a method of no contract", () => {
    expect(
      contractErrorFromProblem(calculator.log, 423, { type: "urn:porthos:error:locked" }),
    ).toBeUndefined();
    expect(() => contractErrorFromProblem(method(), 423, {})).toThrow("is not a part of a contract");
  });
});
