import { bytesCodec, checkKnown, checkText } from "@porthos-rpc/protocol";
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";

/** From the global registry, so that two installed copies of this package recognise each other's. */
const BYTES: unique symbol = Symbol.for("porthos.bytes");

/** A schema whose value is a message's whole body, as it is. */
export interface BytesSchema extends StandardSchemaV1<Uint8Array>, StandardJSONSchemaV1<Uint8Array> {
  readonly "~standard": StandardSchemaV1.Props<Uint8Array> & StandardJSONSchemaV1.Props<Uint8Array>;
  readonly [BYTES]: true;
  /** What the bytes are: the content type that they travel with. */
  readonly contentType: string;
}

/**
 * A schema for bytes that travel as they are: as `input`, `output`, `upload` or `result`, not inside of another schema.
 * @param options.contentType 1 to 255 bytes. @default "application/octet-stream"
 * @throws {TypeError} for a wrong option, by name.
 */
export function bytes(options: { readonly contentType?: string } = {}): BytesSchema {
  checkKnown("bytes", options, ["contentType"]);
  const contentType = checkText("bytes", "contentType", options.contentType ?? bytesCodec.contentType, 255);
  // JSON Schema has no bytes; contentMediaType says what they are (2020-12, validation, 8.4).
  const toJsonSchema = (): Record<string, unknown> => ({ contentMediaType: contentType });
  return Object.freeze({
    "~standard": Object.freeze({
      version: 1,
      vendor: "porthos",
      validate,
      jsonSchema: Object.freeze({ input: toJsonSchema, output: toJsonSchema }),
    }),
    [BYTES]: true as const,
    contentType,
  });
}

/** Whether a schema is one of `bytes()`. */
export function isBytes(schema: unknown): schema is BytesSchema {
  return typeof schema === "object" && schema !== null && BYTES in schema;
}

function validate(value: unknown): StandardSchemaV1.Result<Uint8Array> {
  if (value instanceof Uint8Array) return { value };
  return { issues: [{ message: "expected a Uint8Array" }] };
}
