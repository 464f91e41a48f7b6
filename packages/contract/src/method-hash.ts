import type { JsonSchema } from "@porthos-rpc/protocol";
import { canonicalJson } from "./canonical-json.js";
import type { AnyMethod } from "./contract.js";
import { checkNamed, type Declaration, hidden } from "./declaration.js";
import { fnv1a } from "./fnv1a.js";
import { jsonSchemaOfSchema, type WantedJsonSchema } from "./json-schema.js";
import type { Schema } from "./schema.js";
import { mapSchemas } from "./schema-walk.js";

/**
 * 16 hex digits that two ends have in common if their contracts say the same of a method: its kind, its name, and the
 * JSON Schemas of what travels, as far as the schema library gives them. Descriptions and the order of names do not
 * count. Computed once a method.
 * @throws {TypeError} when the method is not of a contract.
 */
export function methodHash(method: AnyMethod): string {
  checkNamed("methodHash", method);
  const own = hidden(method);
  own.hash ??= fnv1a(canonicalJson(essence(method)));
  return own.hash;
}

function essence(method: AnyMethod): unknown {
  const { kind, name, input, upload, output, result } = method;
  const { errors }: Declaration = method;
  return {
    kind,
    name,
    input: essenceOf(input, "input"),
    upload: essenceOf(upload, "input"),
    output: essenceOf(output, "output"),
    result: essenceOf(result, "output"),
    errors: Object.fromEntries(
      Object.entries(errors).map(([reason, { status, data }]) => [
        reason,
        { status, data: essenceOf(data, "output") },
      ]),
    ),
  };
}

function essenceOf(schema: Schema | undefined, side: WantedJsonSchema["side"]): JsonSchema | undefined {
  if (schema === undefined) return undefined;
  return mapSchemas(jsonSchemaOfSchema(schema, { side, target: "draft-2020-12" }), bare);
}

/** What people read, and not validators. */
const ANNOTATIONS = new Set(["title", "description", "$comment", "examples", "deprecated"]);
/** Arrays that are sets (JSON Schema 2020-12, validation, 6.1.1, 6.1.2, 6.5.3). */
const SETS = new Set(["type", "enum", "required"]);

function bare(schema: JsonSchema): JsonSchema {
  const kept = Object.entries(schema).filter(([keyword]) => !ANNOTATIONS.has(keyword));
  return Object.fromEntries(
    kept.map(([keyword, value]) => [
      keyword,
      SETS.has(keyword) && Array.isArray(value) ? sorted(value) : value,
    ]),
  );
}

function sorted(values: readonly unknown[]): readonly unknown[] {
  return [...values].sort((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
}
