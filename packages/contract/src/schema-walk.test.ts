import type { JsonSchema } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { mapSchemas } from "./schema-walk.js";

const marked = (schema: JsonSchema): JsonSchema => mapSchemas(schema, (one) => ({ ...one, "x-seen": true }));

describe("mapSchemas", () => {
  it("finds the schemas in every keyword that holds some", () => {
    const leaf = { type: "string" };
    const keywords = {
      byName: ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"],
      one: [
        "additionalProperties",
        "unevaluatedProperties",
        "propertyNames",
        "items",
        "additionalItems",
        "unevaluatedItems",
      ],
      ones: ["contains", "not", "if", "then", "else"],
      several: ["prefixItems", "allOf", "anyOf", "oneOf", "items"],
    };
    for (const keyword of keywords.byName) {
      expect(marked({ [keyword]: { a: leaf } })).toEqual({
        [keyword]: { a: { ...leaf, "x-seen": true } },
        "x-seen": true,
      });
    }
    for (const keyword of [...keywords.one, ...keywords.ones]) {
      expect(marked({ [keyword]: leaf })).toEqual({ [keyword]: { ...leaf, "x-seen": true }, "x-seen": true });
    }
    for (const keyword of keywords.several) {
      expect(marked({ [keyword]: [leaf] })).toEqual({
        [keyword]: [{ ...leaf, "x-seen": true }],
        "x-seen": true,
      });
    }
  });

  it("takes names for names and data for data", () => {
    const schema = {
      properties: { items: true, default: { type: "string" } },
      default: { items: { type: "string" } },
      enum: [{ not: {} }],
      const: { allOf: [{}] },
      examples: [{ if: {} }],
      required: ["a"],
      "x-own": { items: {} },
    } as const;
    expect(marked(schema)).toEqual({
      ...schema,
      properties: { items: true, default: { type: "string", "x-seen": true } },
      "x-seen": true,
    });
  });

  it("changes nothing of what it was given", () => {
    const schema = Object.freeze({ properties: Object.freeze({ a: Object.freeze({ type: "string" }) }) });
    expect(marked(schema)).not.toBe(schema);
  });

  it("keeps a property called __proto__", () => {
    const schema = JSON.parse('{"properties":{"__proto__":{"type":"string"}}}') as JsonSchema;
    expect(JSON.stringify(mapSchemas(schema, (one) => one))).toBe(JSON.stringify(schema));
  });

  it("ends with a schema that holds itself", () => {
    const circle: { items?: JsonSchema } = {};
    circle.items = circle;
    let seen = 0;
    mapSchemas(circle, (one) => {
      seen++;
      return one;
    });
    expect(seen).toBe(65);
  });
});
