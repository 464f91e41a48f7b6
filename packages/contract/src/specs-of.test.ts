import { describe, expect, it } from "vitest";
import { z } from "zod";
import { CALCULATORS, zodCalculator } from "../test/calculators.js";
import { type AnyContract, contract } from "./contract.js";
import { method } from "./method.js";
import { specsOf } from "./specs-of.js";

const WITH_SCHEMAS = CALCULATORS.filter(([library]) => library !== "valibot without a converter");

describe.each(WITH_SCHEMAS)("specsOf a contract of %s", (_library, contract, options) => {
  const specs = specsOf(contract, options);

  it("tells of each method in the seed's form", () => {
    expect([...specs.keys()]).toEqual(Object.keys(contract));
    expect(specs.get("addOne")).toEqual({
      description: "Adds one",
      request: {
        contentType: "application/json",
        body: {
          value: { type: "number", description: "The number" },
          by: { type: "number", description: "" },
        },
      },
      response: {
        contentType: "application/json",
        body: {
          original_value: { type: "number", description: "" },
          value_plus_one: { type: "number", description: "" },
        },
      },
    });
  });

  it("tells of a tuple as an array, and of a stream from the server as an array of its items", () => {
    expect(specs.get("log")?.request).toEqual({
      contentType: "application/json",
      body: [{ type: "string" }],
    });
    expect(specs.get("count/to")?.response).toEqual({
      contentType: "application/json",
      body: [{ type: "object", body: { n: { type: "number", description: "" } } }],
    });
  });
});

describe("specsOf", () => {
  const specs = specsOf(zodCalculator);

  it("leaves out what a method does not have", () => {
    expect(specs.get("ping")).toEqual({ description: "" });
    expect(specs.get("log")).not.toHaveProperty("response");
  });

  it("tells of bytes, and of what the form has no word for, by the content type", () => {
    expect(specs.get("picture")).toEqual({
      description: "",
      request: { contentType: "application/json", body: {} },
      response: { contentType: "image/png", body: {} },
    });
  });

  it("tells of the result of a stream from the client", () => {
    expect(specs.get("sum")).toEqual({
      description: "",
      response: { contentType: "application/json", body: { total: { type: "number", description: "" } } },
    });
  });

  it("tells of what a schema refers to, and ends where it refers to itself", () => {
    expect(specs.get("plant")?.request?.body).toMatchObject({
      name: { type: "string" },
      children: { type: "array", body: [{ type: "object" }] },
    });
    const address = z.object({ city: z.string() }).meta({ id: "SpecsOfAddress" });
    const person = z.object({ home: address, work: address });
    const { body } = specsOf(contract("S", { m: method({ input: person }) })).get("m")?.request ?? {};
    expect(body).toMatchObject({
      home: { type: "object", body: { city: { type: "string" } } },
      work: { type: "object" },
    });
  });

  it("describes what a library gives no JSON Schema for by its content type", () => {
    const [, valibot] = CALCULATORS[2] ?? [];
    expect(specsOf(valibot as AnyContract).get("addOne")?.request).toEqual({
      contentType: "application/json",
      body: {},
    });
  });

  it("refuses what is no contract, and wrong options, by name", () => {
    expect(() => specsOf({} as AnyContract)).toThrow('option "contract" must be made by contract()');
    expect(() => specsOf(zodCalculator, { title: "x" } as object)).toThrow('specsOf: unknown option "title"');
  });
});
