import { wrong } from "@porthos-rpc/protocol";
import type { StandardSchemaV1 } from "@standard-schema/spec";

/**
 * Any Standard Schema, version 1: zod, valibot, arktype and others.
 * @see https://standardschema.dev
 */
export type Schema = StandardSchemaV1;

/** What a schema takes; `Without` where there is no schema. */
export type SchemaInput<S extends Schema | undefined, Without = undefined> = S extends Schema
  ? StandardSchemaV1.InferInput<S>
  : Without;

/** What a schema gives; `Without` where there is no schema. */
export type SchemaOutput<S extends Schema | undefined, Without = undefined> = S extends Schema
  ? StandardSchemaV1.InferOutput<S>
  : Without;

/** A schema, or none. @throws {TypeError} for what is no Standard Schema. */
export function checkSchema<S extends Schema | undefined>(where: string, name: string, value: S): S {
  if (value !== undefined && !isSchema(value)) {
    throw wrong(where, name, "a Standard Schema (of zod, valibot, arktype, ...)", value);
  }
  return value;
}

/** A schema that must be there. */
export function needSchema(where: string, name: string, value: Schema | undefined): void {
  if (value === undefined)
    throw wrong(where, name, "a Standard Schema (of zod, valibot, arktype, ...)", value);
}

function isSchema(value: unknown): value is Schema {
  // Those of arktype are functions.
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const standard = (value as { readonly "~standard"?: unknown })["~standard"];
  if (typeof standard !== "object" || standard === null) return false;
  const { version, validate } = standard as { readonly version?: unknown; readonly validate?: unknown };
  return version === 1 && typeof validate === "function";
}
