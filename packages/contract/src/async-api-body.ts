import { type JsonSchema, jsonCodec } from "@porthos-rpc/protocol";
import { isBytes } from "./bytes.js";
import { embed, pointer } from "./embed.js";
import type { JsonObject } from "./json-object.js";
import { type JsonSchemaOptions, jsonSchemaOfSchema, type WantedJsonSchema } from "./json-schema.js";
import type { Schema } from "./schema.js";

/** A schema of what travels, and the way that it goes. */
export interface Body {
  readonly schema: Schema | undefined;
  /** What a caller sends is the schema's input, what a service sends its output. */
  readonly side: WantedJsonSchema["side"];
  /** Where its message stands in the document. */
  readonly path: readonly string[];
  readonly options: JsonSchemaOptions;
}

/** Content type and payload of a message; nothing without a schema. */
export function contentOf({ schema, ...body }: Body): JsonObject {
  if (schema === undefined) return {};
  return {
    contentType: isBytes(schema) ? schema.contentType : jsonCodec.contentType,
    payload: payloadOf({ ...body, schema }, "payload"),
  };
}

/**
 * The same for a message with items of a stream: those of one turn share it, but bytes have one each
 * (docs/decisions/0007).
 */
export function itemsContentOf(body: Body): JsonObject {
  if (body.schema === undefined || isBytes(body.schema)) return contentOf(body);
  return {
    contentType: jsonCodec.contentType,
    payload: { type: "array", items: payloadOf(body, "payload", "items") },
  };
}

/** Draft 7, which AsyncAPI's own schemas are made of. @param within the message */
export function payloadOf({ schema, side, path, options }: Body, ...within: readonly string[]): JsonSchema {
  if (schema === undefined) return {};
  return embed(
    jsonSchemaOfSchema(schema, { side, target: "draft-07" }, options),
    pointer(...path, ...within),
  );
}

/** What a message has beside its body. All of them are there. */
export function headersOf(properties: JsonObject): JsonObject {
  return { type: "object", properties, required: Object.keys(properties) };
}
