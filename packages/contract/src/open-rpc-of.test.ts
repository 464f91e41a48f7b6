import { createRequire } from "node:module";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { CALCULATORS, zodCalculator } from "../test/calculators.js";
import { references } from "../test/references.js";
import { type AnyContract, contract } from "./contract.js";
import { method } from "./method.js";
import { type OpenRpcOptions, openRpcOf } from "./open-rpc-of.js";
import type { Schema } from "./schema.js";

const require = createRequire(import.meta.url);

/** The format's own schema, as its project publishes it, and the one that it refers to for the schemas of values. */
const openRpc13 = require("@open-rpc/spec/1_3/schema.json") as { readonly $schema: string };
const schemaOfSchemas = require("@json-schema-tools/meta-schema/schema.json") as object;
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
// It is referred to in both ways.
for (const $id of ["https://meta.json-schema.tools", "https://meta.json-schema.tools/"]) {
  ajv.addSchema({ ...schemaOfSchemas, $id, $schema: "http://json-schema.org/draft-07/schema#" });
}
const isOpenRpc = ajv.compile({ ...openRpc13, $schema: "http://json-schema.org/draft-07/schema#" });

function expectOpenRpc(document: unknown): void {
  expect(isOpenRpc(document), ajv.errorsText(isOpenRpc.errors)).toBe(true);
}

describe.each(CALCULATORS)("openRpcOf a contract of %s", (_library, contract, options) => {
  const document = openRpcOf(contract, options);

  it("is a document of OpenRPC 1.3, by the format's own schema", () => {
    expectOpenRpc(document);
    // The schema does refuse something.
    expect(isOpenRpc({ ...document, methods: [{ name: "addOne" }] })).toBe(false);
    expect(
      isOpenRpc({
        ...document,
        methods: [{ name: "a", params: [{ name: "x", schema: { type: "integr" } }] }],
      }),
    ).toBe(false);
  });

  it("has all references within it", () => {
    for (const [reference, target] of references(document))
      expect({ reference, target }).toHaveProperty("target", expect.any(Object));
  });

  it("has every method, in order", () => {
    expect(document.methods.map(({ name }) => name)).toEqual(Object.keys(contract));
  });
});

describe("openRpcOf", () => {
  const document = openRpcOf(zodCalculator);
  const find = (name: string): unknown => document.methods.find((one) => one.name === name);

  it("has the properties of an object as parameters by name, those that are required first", () => {
    expect(find("addOne")).toEqual({
      name: "addOne",
      description: "Adds one",
      paramStructure: "by-name",
      params: [
        { name: "value", required: true, schema: { type: "number", description: "The number" } },
        { name: "by", required: false, schema: { type: "number", default: 1 } },
      ],
      result: { name: "output", schema: expect.objectContaining({ type: "object" }) },
      errors: [
        { code: 422, message: "tooLarge: The value is too large; tooSmall" },
        { code: 423, message: "locked" },
      ],
      "x-porthos-errors": {
        tooLarge: {
          status: 422,
          description: "The value is too large",
          data: expect.objectContaining({ properties: { max: { type: "number" } } }),
        },
        tooSmall: { status: 422, data: expect.objectContaining({ type: "object" }) },
        locked: { status: 423 },
      },
      "x-porthos-idempotent": true,
    });
  });

  it("has the parts of a tuple as parameters by position", () => {
    expect(find("log")).toMatchObject({
      paramStructure: "by-position",
      params: [
        { name: "arg0", required: true, schema: { type: "string" } },
        { name: "arg1", required: true, schema: { type: "string" } },
      ],
    });
  });

  it("has any other body as one parameter", () => {
    expect(find("picture")).toMatchObject({
      params: [{ name: "input", required: true, schema: { type: "string" } }],
      "x-porthos-body": "application/json",
    });
    expect(find("ping")).toMatchObject({ params: [] });
  });

  it.each([
    ["a property without a name", z.object({ "": z.number() })],
    ["a record", z.record(z.string(), z.number())],
    ["an array", z.array(z.number())],
    ["a choice", z.union([z.object({ a: z.number() }), z.string()])],
  ])("has %s as one parameter", (_title, input: Schema) => {
    const described = openRpcOf(contract("S", { m: method({ input }) }));
    expectOpenRpc(described);
    expect(described.methods[0]?.params).toMatchObject([{ name: "input" }]);
  });

  it("has schemas that refer to themselves in its components, where the format's tools look for them", () => {
    expect(find("plant")).toMatchObject({
      params: [
        { name: "name", schema: { type: "string" } },
        { name: "children", schema: { items: { $ref: "#/components/schemas/input.plant" } } },
      ],
      result: { schema: { $ref: "#/components/schemas/result.plant" } },
      "x-porthos-errors": { rotten: { data: { $ref: "#/components/schemas/error.rotten.plant" } } },
    });
    expect(document.components?.schemas["input.plant"]).toMatchObject({
      properties: { children: { items: { $ref: "#/components/schemas/input.plant" } } },
    });
    for (const reference of references(document).keys())
      expect(reference).toMatch(/^#\/components\/schemas\/[^/]+$/);
  });

  it("has no result for a notification, and null for a method that answers nothing", () => {
    expect(find("log")).not.toHaveProperty("result");
    expect(find("ping")).toMatchObject({ result: { name: "nothing", schema: { type: "null" } } });
  });

  it("marks streams, with their items", () => {
    expect(find("count/to")).toMatchObject({
      "x-porthos-stream": { direction: "download", output: { type: "object" } },
      result: { schema: { type: "null" } },
    });
    expect(find("sum")).toMatchObject({
      "x-porthos-stream": { direction: "upload", upload: { type: "number" } },
      result: { schema: { type: "object" } },
    });
    expect(find("chat")).toMatchObject({
      "x-porthos-stream": { direction: "both", upload: { type: "string" } },
    });
    expect(find("addOne")).not.toHaveProperty("x-porthos-stream");
  });

  it("has the title, version and servers that it is told", () => {
    const servers = [{ url: "amqp://broker/", name: "main" }];
    const told = openRpcOf(zodCalculator, { title: "Calculator", version: "1.2.3", servers });
    expectOpenRpc(told);
    expect(told).toMatchObject({
      openrpc: "1.3.2",
      info: { title: "Calculator", version: "1.2.3" },
      servers,
    });
    expectOpenRpc(openRpcOf(contract("Empty", {})));
  });

  it.each([
    [
      { titel: "x" },
      'openRpcOf: unknown option "titel"; the options are title, version, servers, toJsonSchema',
    ],
    [{ title: 1 }, 'openRpcOf: option "title" must be a text that is not empty, got 1'],
    [{ servers: {} }, 'openRpcOf: option "servers" must be an array of servers, got an object'],
  ])("refuses %j at once, by name", (options: unknown, why) => {
    expect(() => openRpcOf(zodCalculator, options as OpenRpcOptions)).toThrow(why);
    expect(() => openRpcOf({} as AnyContract)).toThrow('option "contract" must be made by contract()');
  });
});
