import type { JsonSchema } from "@porthos-rpc/protocol";
import { mapSchemas } from "./schema-walk.js";

/**
 * A schema whose references to itself are replaced by what they refer to: one that is recursive then holds itself, as
 * JavaScript's objects can. Other references stay.
 */
export function inline(root: JsonSchema): JsonSchema {
  const inlined = new Map<string, JsonSchema>();
  const resolve = (reference: string): JsonSchema | undefined => {
    const known = inlined.get(reference);
    if (known !== undefined) return known;
    const target = lookUp(root, reference);
    if (target === undefined) return undefined;
    // There before it is filled, for those of its parts that refer to it.
    const copy: JsonSchema = {};
    inlined.set(reference, copy);
    return Object.assign(
      copy,
      mapSchemas(target, (one) => replace(one, resolve)),
    );
  };
  return resolve("#") ?? root;
}

function replace(schema: JsonSchema, resolve: (reference: string) => JsonSchema | undefined): JsonSchema {
  const { $ref } = schema;
  return (typeof $ref === "string" ? resolve($ref) : undefined) ?? schema;
}

/** @param reference `#`, or `#` and a JSON pointer (RFC 6901) */
function lookUp(root: JsonSchema, reference: string): JsonSchema | undefined {
  if (reference !== "#" && !reference.startsWith("#/")) return undefined;
  let found: unknown = root;
  for (const part of reference.split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return typeof found === "object" && found !== null ? (found as JsonSchema) : undefined;
}
