import type { MaybePromise } from "@porthos-rpc/protocol";
import { expectTypeOf, it } from "vitest";
import { z } from "zod";
import { type BytesSchema, bytes, isBytes } from "./bytes.js";
import type { Schema } from "./schema.js";
import { type Issue, type Validated, validate } from "./validate.js";

it("a valid value has the type that the schema gives", () => {
  const result = validate(z.string().transform(Number), "1");
  expectTypeOf(result).toEqualTypeOf<MaybePromise<Validated<number>>>();
  if (result instanceof Promise) return;
  if (result.ok) expectTypeOf(result.value).toEqualTypeOf<number>();
  else expectTypeOf(result.issues).toEqualTypeOf<readonly Issue[]>();
  // @ts-expect-error - whether there is a value has to be looked at
  result.value;
  // @ts-expect-error - no Standard Schema
  void validate({}, 1);
});

it("bytes are a schema that is told apart", () => {
  const schema: Schema = bytes();
  if (isBytes(schema)) expectTypeOf(schema.contentType).toEqualTypeOf<string>();
  expectTypeOf(bytes()).toEqualTypeOf<BytesSchema>();
  // @ts-expect-error - of which kind is not known yet
  schema.contentType;
});
