import type { JsonSchema } from "@porthos-rpc/protocol";
import { type AnyContract, type AnyMethod, methodsOf, serviceOf } from "./contract.js";
import type { Declaration } from "./declaration.js";
import { embed, pointer } from "./embed.js";
import {
  checkJsonSchemaOptions,
  type JsonSchemaOptions,
  jsonSchemaOfSchema,
  type WantedJsonSchema,
} from "./json-schema.js";
import type { Schema } from "./schema.js";

/** A JSON Schema, 2020-12, that holds those of a contract. */
export interface JsonSchemaDocument {
  readonly $schema: "https://json-schema.org/draft/2020-12/schema";
  readonly title: string;
  readonly $defs: { readonly [method: string]: JsonSchema };
}

/**
 * The JSON Schemas of a contract in one document: `#/$defs/METHOD/$defs/PART`, where a part is `input`, `upload`,
 * `output` (of a stream: an item of it), `result`, or `errors`, whose `$defs` are the data of each error.
 * Input and upload are what a caller sends, the others what a service sends.
 * @throws {TypeError} for what is no contract, and for a wrong option, by name.
 */
export function jsonSchemaOf(contract: AnyContract, options: JsonSchemaOptions = {}): JsonSchemaDocument {
  checkJsonSchemaOptions("jsonSchemaOf", options);
  const entries = Array.from(methodsOf(contract), ([name, method]) => [name, methodSchema(method, options)]);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: serviceOf(contract),
    $defs: Object.fromEntries(entries) as JsonSchemaDocument["$defs"],
  };
}

function methodSchema(method: AnyMethod, options: JsonSchemaOptions): JsonSchema {
  const { name, description, input, upload, output, result } = method;
  const part = (key: string, schema: Schema | undefined, side: WantedJsonSchema["side"]): object =>
    schema === undefined ? {} : { [key]: partSchema(schema, side, [name, key], options) };
  const $defs = {
    ...part("input", input, "input"),
    ...part("upload", upload, "input"),
    ...part("output", output, "output"),
    ...part("result", result, "output"),
    ...errorSchemas(method, options),
  };
  return { ...(description === undefined ? {} : { description }), $defs };
}

function errorSchemas(method: AnyMethod, options: JsonSchemaOptions): object {
  const { errors, name }: Declaration = method;
  const entries = Object.entries(errors).map(([reason, { data, description }]) => {
    const place = [name, "errors", reason];
    const schema = data === undefined ? {} : partSchema(data, "output", place, options);
    return [reason, description === undefined ? schema : { description, ...schema }];
  });
  return entries.length === 0 ? {} : { errors: { $defs: Object.fromEntries(entries) } };
}

/** @param path names of definitions, each within the one before */
function partSchema(
  schema: Schema,
  side: WantedJsonSchema["side"],
  path: readonly string[],
  options: JsonSchemaOptions,
): JsonSchema {
  const place = pointer(...path.flatMap((name) => ["$defs", name]));
  return embed(jsonSchemaOfSchema(schema, { side, target: "draft-2020-12" }, options), place);
}
