import {
  type BodySpec,
  bodySpecFromArray,
  bodySpecFromSchema,
  type ContentSpec,
  type JsonSchema,
  jsonCodec,
  type MethodSpec,
} from "@porthos-rpc/protocol";
import { isBytes } from "./bytes.js";
import { type AnyContract, type AnyMethod, methodsOf } from "./contract.js";
import { inline } from "./inline.js";
import {
  checkJsonSchemaOptions,
  type JsonSchemaOptions,
  jsonSchemaOfSchema,
  type WantedJsonSchema,
} from "./json-schema.js";
import type { Schema } from "./schema.js";

/**
 * What a service tells about its methods in the seed's form (docs/wire.md, "Extension queues"). That form knows
 * objects and arrays: other bodies are described by their content type only, a stream from the server as an array of
 * its items, and a stream from the client not at all.
 * @throws {TypeError} for what is no contract, and for a wrong option, by name.
 */
export function specsOf(
  contract: AnyContract,
  options: JsonSchemaOptions = {},
): ReadonlyMap<string, MethodSpec> {
  checkJsonSchemaOptions("specsOf", options);
  return new Map(Array.from(methodsOf(contract), ([name, method]) => [name, specOf(method, options)]));
}

function specOf(method: AnyMethod, options: JsonSchemaOptions): MethodSpec {
  const { input, output, result, description = "" } = method;
  const request = contentOf(input, "input", options);
  const itemsOrAnswer = method.kind === "stream" ? bodySpecFromArray : bodySpecFromSchema;
  const answer = contentOf(output, "output", options, itemsOrAnswer);
  const response = answer ?? contentOf(result, "output", options);
  return {
    description,
    ...(request === undefined ? {} : { request }),
    ...(response === undefined ? {} : { response }),
  };
}

function contentOf(
  schema: Schema | undefined,
  side: WantedJsonSchema["side"],
  options: JsonSchemaOptions,
  specFrom: (schema: JsonSchema) => BodySpec = bodySpecFromSchema,
): ContentSpec | undefined {
  if (schema === undefined) return undefined;
  if (isBytes(schema)) return { contentType: schema.contentType, body: {} };
  const json = inline(jsonSchemaOfSchema(schema, { side, target: "draft-2020-12" }, options));
  return { contentType: jsonCodec.contentType, body: bodyOf(() => specFrom(json)) };
}

/** `{}` for a body that is neither an object nor an array, which the form has no word for. */
function bodyOf(make: () => BodySpec): BodySpec {
  try {
    return make();
  } catch (error) {
    if (error instanceof TypeError) return {};
    throw error;
  }
}
