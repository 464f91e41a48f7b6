import { describe, expect, it } from "vitest";
import { type BodySpec, bodySpecFromArray, bodySpecFromSchema, type JsonSchema } from "./specs.js";

/** As zod 4.2 and others make them: callable or not, with their JSON Schema behind `~standard`. */
function standardSchema(jsonSchema: JsonSchema) {
  const targets: string[] = [];
  const input = ({ target }: { readonly target: string }): JsonSchema => {
    targets.push(target);
    return jsonSchema;
  };
  return { targets, schema: { "~standard": { version: 1, vendor: "test", jsonSchema: { input } } } };
}

/** What travels: the seed's tools read JSON. */
function asSent(body: BodySpec): unknown {
  return JSON.parse(JSON.stringify(body));
}

const point: JsonSchema = {
  type: "object",
  properties: {
    x: { type: "number", description: "to the right" },
    y: { type: "number" },
  },
};

describe("bodySpecFromSchema", () => {
  it("says of an object its fields, each with type and description", () => {
    expect(bodySpecFromSchema(point)).toEqual({
      x: { type: "number", description: "to the right" },
      y: { type: "number", description: "" },
    });
  });

  it("says of nested objects and arrays what they hold", () => {
    const schema: JsonSchema = {
      type: "object",
      properties: {
        centre: { ...point, description: "of the circle" },
        corners: { type: "array", items: point, description: "clockwise" },
        tags: { type: "array", items: { type: "string" } },
      },
    };
    const fields = {
      x: { type: "number", description: "to the right" },
      y: { type: "number", description: "" },
    };
    expect(bodySpecFromSchema(schema)).toEqual({
      centre: { type: "object", description: "of the circle", body: fields },
      corners: { type: "array", description: "clockwise", body: [{ type: "object", body: fields }] },
      tags: { type: "array", description: "", body: [{ type: "string" }] },
    });
  });

  it("says of an array its items", () => {
    expect(bodySpecFromSchema({ type: "array", items: { type: "integer" } })).toEqual([{ type: "integer" }]);
  });

  it.each<[string, JsonSchema]>([
    ["prefixItems (2020-12)", { type: "array", prefixItems: [{ type: "string" }, { type: "number" }] }],
    ["an array of items (draft 7)", { type: "array", items: [{ type: "string" }, { type: "number" }] }],
  ])("says of a tuple its first item: %s", (_, schema) => {
    expect(bodySpecFromSchema(schema)).toEqual([{ type: "string" }]);
  });

  it("asks a Standard JSON Schema for its input in draft 2020-12", () => {
    const { schema, targets } = standardSchema(point);
    expect(bodySpecFromSchema(schema)).toEqual(bodySpecFromSchema(point));
    expect(targets).toEqual(["draft-2020-12"]);
  });

  it("takes a Standard JSON Schema that is a function (arktype)", () => {
    const { schema } = standardSchema(point);
    expect(bodySpecFromSchema(Object.assign(() => {}, schema))).toEqual(bodySpecFromSchema(point));
  });

  it.each<[JsonSchema | boolean, string]>([
    [{ type: "string" }, "string"],
    [{ type: ["string", "null"] }, "string | null"],
    [{ anyOf: [{ type: "string" }, { type: "number" }] }, "string | number"],
    [{ oneOf: [{ type: "string" }, { type: "string" }] }, "string"],
    [{ anyOf: [{ const: 1 }, true] }, "number | any"],
    [{ const: "a" }, "string"],
    [{ const: null }, "null"],
    [{ enum: ["a", "b", 1, null] }, "string | number | null"],
    [{ properties: {} }, "object"],
    [{ $ref: "#/$defs/point" }, "any"],
    [{}, "any"],
    [true, "any"],
    [false, "any"],
  ])("calls the type of %j in a word: %s", (field, type) => {
    expect(bodySpecFromSchema({ properties: { field } })).toMatchObject({ field: { type } });
  });

  it("takes __proto__ and constructor for names of fields like any other", () => {
    const properties = JSON.parse(
      '{"__proto__":{"type":"string"},"constructor":{"type":"number"}}',
    ) as object;
    const body = bodySpecFromSchema({ properties: properties as Record<string, JsonSchema> });
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    expect(JSON.stringify(body)).toBe(
      '{"__proto__":{"type":"string","description":""},"constructor":{"type":"number","description":""}}',
    );
  });

  it("cuts off a recursive schema: the type stays", () => {
    const node: { type: string; properties: Record<string, JsonSchema> } = { type: "object", properties: {} };
    node.properties["next"] = node;
    const body = JSON.stringify(asSent(bodySpecFromSchema(node)));
    expect(body).toContain('"next":{"type":"object"');
    expect(body.length).toBeLessThan(2_000);
  });

  it("cuts off a schema that refers to itself in many places, before it has filled the memory", () => {
    const node: { type: string; properties: Record<string, JsonSchema> } = { type: "object", properties: {} };
    for (let i = 0; i < 20; i++)
      node.properties[`child${i}`] = i % 2 === 0 ? node : { type: "array", items: node };
    expect(JSON.stringify(asSent(bodySpecFromSchema(node))).length).toBeLessThan(100_000);
  });

  it("describes a schema wherever it is used, if it does not hold itself", () => {
    const body = bodySpecFromSchema({ properties: { from: point, to: point } });
    expect(body).toMatchObject({ from: { body: { x: {} } }, to: { body: { x: {} } } });
  });

  it("cuts off what is deeper than 16 levels", () => {
    let schema: JsonSchema = { type: "string" };
    for (let depth = 0; depth < 100; depth++) schema = { type: "object", properties: { in: schema } };
    const depth = JSON.stringify(bodySpecFromSchema(schema)).split('"in"').length - 1;
    expect(depth).toBeGreaterThanOrEqual(16);
    expect(depth).toBeLessThanOrEqual(17);
  });

  it.each([
    [
      "a string's schema",
      { type: "string" },
      "must describe an object with properties or an array with items",
    ],
    ["an empty schema", {}, "must describe an object"],
    [
      "undefined",
      undefined,
      "bodySpecFromSchema: expected a JSON Schema or a Standard JSON Schema, got undefined",
    ],
    ["null", null, "got null"],
    ["a text", "object", "got a text"],
    [
      "a library without JSON Schema",
      { "~standard": { version: 1, vendor: "old", validate: () => {} } },
      "bodySpecFromSchema: this schema library gives no JSON Schema; pass a JSON Schema instead",
    ],
  ])("refuses %s, saying what it takes", (_, schema: unknown, why) => {
    expect(() => bodySpecFromSchema(schema as JsonSchema)).toThrow(TypeError);
    expect(() => bodySpecFromSchema(schema as JsonSchema)).toThrow(why);
  });
});

describe("bodySpecFromArray", () => {
  it("says of an array the type of its items", () => {
    expect(bodySpecFromArray({ type: "string" })).toEqual([{ type: "string" }]);
  });

  it("says of an array of objects their fields", () => {
    const fields = {
      x: { type: "number", description: "to the right" },
      y: { type: "number", description: "" },
    };
    expect(bodySpecFromArray(point)).toEqual([{ type: "object", body: fields }]);
    expect(bodySpecFromArray(standardSchema(point).schema)).toEqual([{ type: "object", body: fields }]);
  });

  it("refuses what is no schema", () => {
    expect(() => bodySpecFromArray(null as unknown as JsonSchema)).toThrow(
      "bodySpecFromArray: expected a JSON Schema",
    );
  });
});
