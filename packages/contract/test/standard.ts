import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Schema } from "../src/schema.js";

/** A schema whose validator does what it is told. */
export function schemaThat(validate: (value: unknown) => unknown): Schema {
  return {
    "~standard": { version: 1, vendor: "test", validate: validate as StandardSchemaV1.Props["validate"] },
  };
}
