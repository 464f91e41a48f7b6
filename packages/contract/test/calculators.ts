import { toJsonSchema } from "@valibot/to-json-schema";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { bytes } from "../src/bytes.js";
import { type AnyContract, contract } from "../src/contract.js";
import type { JsonSchemaOptions } from "../src/json-schema.js";
import { method } from "../src/method.js";
import { notification } from "../src/notification.js";
import { stream } from "../src/stream.js";

/*
 * One contract, written with each of the schema libraries that it is tested with.
 */

/** A tree: its schema refers to itself. */
const zodTree = z.object({
  name: z.string(),
  get children() {
    return z.array(zodTree);
  },
});

export const zodCalculator: AnyContract = contract("CalculatorService", {
  addOne: method({
    description: "Adds one",
    input: z.object({ value: z.number().describe("The number"), by: z.number().default(1) }),
    output: z.object({ original_value: z.number(), value_plus_one: z.number() }),
    idempotent: true,
    errors: {
      tooLarge: { status: 422, description: "The value is too large", data: z.object({ max: z.number() }) },
      tooSmall: { status: 422, data: z.object({ min: z.number() }) },
      locked: { status: 423 },
    },
  }),
  ping: method(),
  plant: method({ input: zodTree, output: zodTree, errors: { rotten: { status: 400, data: zodTree } } }),
  picture: method({ input: z.string(), output: bytes({ contentType: "image/png" }) }),
  log: notification({ description: "Logs a line", input: z.tuple([z.string(), z.string()]) }),
  "count/to": stream({ input: z.object({ to: z.number() }), output: z.object({ n: z.number() }) }),
  sum: stream({ upload: z.number(), result: z.object({ total: z.number() }) }),
  store: stream({ input: z.string().optional(), upload: bytes() }),
  chat: stream({
    description: "Talks",
    input: z.object({ room: z.string() }),
    upload: z.string(),
    output: zodTree,
    errors: { full: { status: 429 } },
  }),
  when: method({ input: z.object({ at: z.date() }), output: z.string().transform((text) => text.length) }),
});

const valibotCalculator = contract("CalculatorService", {
  addOne: method({
    description: "Adds one",
    input: v.object({
      value: v.pipe(v.number(), v.description("The number")),
      by: v.optional(v.number(), 1),
    }),
    output: v.object({ original_value: v.number(), value_plus_one: v.number() }),
    idempotent: true,
    errors: { tooLarge: { status: 422, data: v.object({ max: v.number() }) } },
  }),
  log: notification({ input: v.tuple([v.string(), v.string()]) }),
  "count/to": stream({ input: v.object({ to: v.number() }), output: v.object({ n: v.number() }) }),
  when: method({ input: v.object({ at: v.date() }) }),
});

const arktypeCalculator = contract("CalculatorService", {
  addOne: method({
    description: "Adds one",
    input: type({ value: type("number").describe("The number"), by: "number = 1" }),
    output: type({ original_value: "number", value_plus_one: "number" }),
    idempotent: true,
    errors: { tooLarge: { status: 422, data: type({ max: "number" }) } },
  }),
  log: notification({ input: type(["string", "string"]) }),
  "count/to": stream({ input: type({ to: "number" }), output: type({ n: "number" }) }),
  when: method({ input: type({ at: "Date" }) }),
});

const valibotSchemas: JsonSchemaOptions = {
  toJsonSchema: (schema, { side, target }) =>
    toJsonSchema(schema as v.GenericSchema, { typeMode: side, target }),
};

/** Each with what it needs for its JSON Schemas. */
export const CALCULATORS: readonly (readonly [library: string, AnyContract, JsonSchemaOptions])[] = [
  ["zod", zodCalculator, {}],
  ["valibot", valibotCalculator, valibotSchemas],
  ["valibot without a converter", valibotCalculator, {}],
  ["arktype", arktypeCalculator, {}],
];
