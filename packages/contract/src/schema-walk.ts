import type { JsonSchema } from "@porthos-rpc/protocol";

/*
 * JSON Schemas hold schemas, names and data, and only the keyword tells which: `title` is an annotation in a schema, a
 * name in `properties`, and data in `default`.
 */

/** Keywords whose value is an object of schemas by name. */
const BY_NAME = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]);

/** Keywords whose value is a schema, or an array of them. */
const SCHEMAS = new Set([
  ...["items", "prefixItems", "additionalItems", "unevaluatedItems", "contains"],
  ...["additionalProperties", "unevaluatedProperties", "propertyNames"],
  ...["allOf", "anyOf", "oneOf", "not", "if", "then", "else"],
]);

/** Deeper ones become anything: a converter may give a schema that holds itself. */
const MAX_DEPTH = 64;

/** A copy in which each schema, the innermost first, is what `change` makes of it. */
export function mapSchemas(
  schema: JsonSchema,
  change: (schema: JsonSchema) => JsonSchema,
  depth = 0,
): JsonSchema {
  if (depth > MAX_DEPTH) return {};
  const within = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.map(within);
    return isObject(inner) ? mapSchemas(inner, change, depth + 1) : inner;
  };
  const entries = Object.entries(schema).map(([keyword, value]) => {
    if (SCHEMAS.has(keyword)) return [keyword, within(value)];
    return [keyword, BY_NAME.has(keyword) && isObject(value) ? byName(value, within) : value];
  });
  return change(Object.fromEntries(entries) as JsonSchema);
}

/** fromEntries, since a property may be called __proto__. */
function byName(schemas: JsonSchema, within: (inner: unknown) => unknown): unknown {
  return Object.fromEntries(Object.entries(schemas).map(([name, inner]) => [name, within(inner)]));
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
