import type { JsonSchema } from "@porthos-rpc/protocol";
import { embed, pointer, refersToItself } from "./embed.js";
import { type JsonSchemaOptions, jsonSchemaOfSchema, type WantedJsonSchema } from "./json-schema.js";
import type { Schema } from "./schema.js";

/**
 * The schemas of a document, in draft 7. Those that refer to themselves stand in its components: OpenRPC's own tools
 * find what a reference leads to nowhere else.
 */
export class OpenRpcSchemas {
  readonly #options: JsonSchemaOptions;
  readonly #components = new Map<string, JsonSchema>();

  constructor(options: JsonSchemaOptions) {
    this.#options = options;
  }

  /** As it is, to be placed. */
  convert(schema: Schema, side: WantedJsonSchema["side"]): JsonSchema {
    return jsonSchemaOfSchema(schema, { side, target: "draft-07" }, this.#options);
  }

  /** The schema for a place within the document, or a reference to it. @param key that no other schema has */
  place(schema: JsonSchema, key: string): JsonSchema {
    return this.open(schema, key) === schema ? schema : { $ref: place(key) };
  }

  /**
   * The schema to be taken to pieces: what they refer to stands in the components. @param key that no other schema has
   */
  open(schema: JsonSchema, key: string): JsonSchema {
    if (!refersToItself(schema)) return schema;
    const embedded = embed(schema, place(key));
    this.#components.set(key, embedded);
    return embedded;
  }

  /** Those that stand in the components; undefined if none does. */
  get components(): { readonly schemas: { readonly [key: string]: JsonSchema } } | undefined {
    return this.#components.size === 0 ? undefined : { schemas: Object.fromEntries(this.#components) };
  }
}

function place(key: string): string {
  return pointer("components", "schemas", key);
}
