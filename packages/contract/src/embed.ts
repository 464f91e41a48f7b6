import type { JsonSchema } from "@porthos-rpc/protocol";
import { mapSchemas } from "./schema-walk.js";

/** A JSON pointer as the fragment of a URI (RFC 6901, 6): `#/channels/a~1b`. */
export function pointer(...path: readonly string[]): string {
  return `#${path.map((part) => `/${encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))}`).join("")}`;
}

/**
 * A schema for a place within a document: its references to itself are made to point there. Schemas with an `$id`
 * resolve theirs by that.
 * @param place from `pointer`
 */
export function embed(schema: JsonSchema, place: string): JsonSchema {
  if (typeof schema["$id"] === "string") return schema;
  return mapSchemas(schema, (one) => {
    const { $ref } = one;
    const isLocal = typeof $ref === "string" && ($ref === "#" || $ref.startsWith("#/"));
    return isLocal ? { ...one, $ref: place + $ref.slice(1) } : one;
  });
}

/** Whether a schema has references to itself. */
export function refersToItself(schema: JsonSchema): boolean {
  let found = false;
  mapSchemas(schema, (one) => {
    found ||= typeof one["$ref"] === "string";
    return one;
  });
  return found;
}
