import { checkKnown, type JsonSchema, wrong } from "@porthos-rpc/protocol";
import type { StandardJSONSchemaV1 } from "@standard-schema/spec";
import type { Schema } from "./schema.js";

/** A schema has a JSON Schema for what it takes and one for what it gives, in a version of JSON Schema. */
export interface WantedJsonSchema {
  readonly side: "input" | "output";
  readonly target: "draft-2020-12" | "draft-07";
}

export interface JsonSchemaOptions {
  /**
   * The JSON Schema of schemas that give none themselves (by Standard JSON Schema). With `@valibot/to-json-schema`:
   * `(schema, { side, target }) => toJsonSchema(schema, { typeMode: side, target })`. A schema that it throws for is
   * described as anything, `{}`.
   */
  readonly toJsonSchema?: ((schema: Schema, wanted: WantedJsonSchema) => object) | undefined;
}

/** @param more options that it may have besides @throws {TypeError} that names the wrong option. */
export function checkJsonSchemaOptions(
  where: string,
  options: JsonSchemaOptions,
  more: readonly string[] = [],
): void {
  checkKnown(where, options, [...more, "toJsonSchema"]);
  const { toJsonSchema } = options;
  if (toJsonSchema !== undefined && typeof toJsonSchema !== "function") {
    throw wrong(where, "toJsonSchema", "a function", toJsonSchema);
  }
}

/**
 * Asks zod and valibot to leave out what JSON Schema cannot say (a Date, a transform), instead of giving up on the
 * whole. Standard JSON Schema has options of the library's own for that; other libraries do not look at them.
 */
const LENIENT = { unrepresentable: "any", errorMode: "ignore" };

/** The JSON Schema of a schema, as far as it can be had: `{}`, which is anything, if not at all. Without `$schema`. */
export function jsonSchemaOfSchema(
  schema: Schema,
  wanted: WantedJsonSchema,
  { toJsonSchema }: JsonSchemaOptions = {},
): JsonSchema {
  const { side, target } = wanted;
  const converter = converterOf(schema);
  const found =
    converter === undefined
      ? attempt(() => toJsonSchema?.(schema, wanted))
      : (attempt(() => converter[side]({ target })) ??
        attempt(() => converter[side]({ target, libraryOptions: LENIENT })));
  const { $schema: _, ...rest } = found ?? {};
  return rest;
}

function converterOf(schema: Schema): StandardJSONSchemaV1.Converter | undefined {
  return (schema as Schema & Partial<StandardJSONSchemaV1>)["~standard"].jsonSchema;
}

/**
 * Libraries throw for what they cannot convert (Standard JSON Schema says that they may): that describes less, not
 * nothing.
 */
function attempt(convert: () => unknown): JsonSchema | undefined {
  try {
    const schema = convert();
    const isObject = typeof schema === "object" && schema !== null && !Array.isArray(schema);
    return isObject ? (schema as JsonSchema) : undefined;
  } catch {
    return undefined;
  }
}
