import { toJsonSchema, toStandardJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { checkJsonSchemaOptions, jsonSchemaOfSchema } from "./json-schema.js";
import type { Schema } from "./schema.js";

const INPUT = { side: "input", target: "draft-2020-12" } as const;
const OUTPUT = { side: "output", target: "draft-2020-12" } as const;

describe("the JSON Schema of a schema", () => {
  it.each([
    ["zod", z.object({ a: z.number(), b: z.string().default("x") })],
    ["arktype", type({ a: "number", b: "string = 'x'" })],
    [
      "valibot's standard form",
      toStandardJsonSchema(v.object({ a: v.number(), b: v.optional(v.string(), "x") })),
    ],
  ])("is what %s gives, without $schema", (_library, schema: Schema) => {
    expect(jsonSchemaOfSchema(schema, INPUT)).toMatchObject({
      type: "object",
      properties: { a: { type: "number" }, b: { type: "string" } },
      required: ["a"],
    });
    expect(jsonSchemaOfSchema(schema, INPUT)).not.toHaveProperty("$schema");
  });

  it("is one for what is sent, and one for what is received", () => {
    const schema = z.object({ a: z.number().default(1) });
    expect(jsonSchemaOfSchema(schema, INPUT)).not.toHaveProperty("required");
    expect(jsonSchemaOfSchema(schema, OUTPUT)).toMatchObject({ required: ["a"] });
  });

  it("is what the user makes of a schema that gives none, and only of that", () => {
    const toJson = { toJsonSchema: (schema: Schema): object => toJsonSchema(schema as v.GenericSchema) };
    expect(jsonSchemaOfSchema(v.number(), INPUT, toJson)).toEqual({ type: "number" });
    expect(jsonSchemaOfSchema(z.string(), INPUT, { toJsonSchema: () => ({ type: "null" }) })).toEqual({
      type: "string",
    });
  });

  it("says what the user has to make", () => {
    const wanted: unknown[] = [];
    jsonSchemaOfSchema(v.number(), OUTPUT, { toJsonSchema: (...all) => [wanted.push(...all)] });
    expect(wanted).toEqual([expect.anything(), OUTPUT]);
  });

  it("leaves out what JSON Schema cannot say, and keeps the rest", () => {
    expect(jsonSchemaOfSchema(z.object({ at: z.date(), n: z.number() }), INPUT)).toMatchObject({
      properties: { at: {}, n: { type: "number" } },
    });
    const standard = toStandardJsonSchema(v.object({ at: v.date(), n: v.number() }));
    expect(jsonSchemaOfSchema(standard, INPUT)).toMatchObject({
      properties: { at: {}, n: { type: "number" } },
    });
  });

  it.each([
    ["a schema of a library that gives none", v.number(), {}],
    [
      "a converter that throws",
      v.date(),
      { toJsonSchema: (s: Schema) => toJsonSchema(s as v.GenericSchema) },
    ],
    ["a converter that gives nothing", v.date(), { toJsonSchema: () => undefined as unknown as object }],
    ["a converter that gives a text", v.date(), { toJsonSchema: () => "x" as unknown as object }],
    ["a converter that gives an array", v.date(), { toJsonSchema: () => [] }],
    ["a transform", z.string().transform((text) => text.length), {}],
  ])("is {}, which is anything, for %s", (_title, schema: Schema, options) => {
    expect(jsonSchemaOfSchema(schema, OUTPUT, options)).toEqual({});
  });
});

it("options are checked at once, by name", () => {
  expect(() => checkJsonSchemaOptions("specsOf", { toJsonSchema: 1 as unknown as () => object })).toThrow(
    'specsOf: option "toJsonSchema" must be a function, got 1',
  );
  expect(() => checkJsonSchemaOptions("specsOf", { titel: "x" } as object, ["title"])).toThrow(
    'specsOf: unknown option "titel"; the options are title, toJsonSchema',
  );
});
