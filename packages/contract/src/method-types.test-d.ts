import { type } from "arktype";
import * as v from "valibot";
import { describe, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { bytes } from "./bytes.js";
import type { AnyMethod } from "./contract.js";
import { method } from "./method.js";
import type {
  InputArgs,
  InputOf,
  ItemOf,
  ItemReturnOf,
  OutputOf,
  ReceivedOf,
  ReturnOf,
  SentOf,
  UploadReceivedOf,
  UploadSentOf,
} from "./method-types.js";
import { notification } from "./notification.js";
import { stream } from "./stream.js";

// What these schemas take is a text, what they give is a number, or a Date.
const zod = method({
  input: z.coerce.number<string>(),
  output: z.string().transform((text) => new Date(text)),
});
const valibot = method({
  input: v.pipe(v.string(), v.transform(Number)),
  output: v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
  ),
});
const arktype = method({ input: type("string.numeric.parse"), output: type("string.date.parse") });
const nothing = method();
const log = notification({ input: z.coerce.number<string>() });
const down = stream({ output: z.string().transform(Number) });
const up = stream({
  input: z.string().optional(),
  upload: z.string().transform(Number),
  result: z.coerce.boolean<string>(),
});
const upOnly = stream({ upload: bytes() });

describe("what flows through a method", () => {
  it("is what schemas of any library take on one side and give on the other", () => {
    expectTypeOf<InputOf<typeof zod>>().toEqualTypeOf<string>();
    expectTypeOf<SentOf<typeof zod>>().toEqualTypeOf<string>();
    expectTypeOf<ReceivedOf<typeof zod>>().toEqualTypeOf<number>();
    expectTypeOf<ReturnOf<typeof zod>>().toEqualTypeOf<string>();
    expectTypeOf<OutputOf<typeof zod>>().toEqualTypeOf<Date>();
    expectTypeOf<InputOf<typeof valibot>>().toEqualTypeOf<string>();
    expectTypeOf<ReceivedOf<typeof valibot>>().toEqualTypeOf<number>();
    expectTypeOf<ReturnOf<typeof valibot>>().toEqualTypeOf<string>();
    expectTypeOf<OutputOf<typeof valibot>>().toEqualTypeOf<Date>();
    expectTypeOf<InputOf<typeof arktype>>().toEqualTypeOf<string>();
    expectTypeOf<ReceivedOf<typeof arktype>>().toEqualTypeOf<number>();
    expectTypeOf<ReturnOf<typeof arktype>>().toEqualTypeOf<string>();
    expectTypeOf<OutputOf<typeof arktype>>().toEqualTypeOf<Date>();
    // @ts-expect-error - the caller passes a text
    3 satisfies InputOf<typeof zod>;
    // @ts-expect-error - the handler gets a number
    "3" satisfies ReceivedOf<typeof zod>;
  });

  it("is undefined in, and void out, where there is no schema", () => {
    expectTypeOf<InputOf<typeof nothing>>().toEqualTypeOf<undefined>();
    expectTypeOf<ReceivedOf<typeof nothing>>().toEqualTypeOf<undefined>();
    expectTypeOf<OutputOf<typeof nothing>>().toEqualTypeOf<void>();
    expectTypeOf<ReturnOf<typeof nothing>>().toEqualTypeOf<void>();
    expectTypeOf<OutputOf<typeof log>>().toEqualTypeOf<void>();
    expectTypeOf<ReceivedOf<typeof log>>().toEqualTypeOf<number>();
  });

  it("of a stream is its items and its result", () => {
    expectTypeOf<ItemReturnOf<typeof down>>().toEqualTypeOf<string>();
    expectTypeOf<ItemOf<typeof down>>().toEqualTypeOf<number>();
    expectTypeOf<OutputOf<typeof down>>().toEqualTypeOf<void>();
    expectTypeOf<UploadSentOf<typeof up>>().toEqualTypeOf<string>();
    expectTypeOf<UploadReceivedOf<typeof up>>().toEqualTypeOf<number>();
    expectTypeOf<ReturnOf<typeof up>>().toEqualTypeOf<string>();
    expectTypeOf<OutputOf<typeof up>>().toEqualTypeOf<boolean>();
    expectTypeOf<OutputOf<typeof upOnly>>().toEqualTypeOf<void>();
    expectTypeOf<UploadSentOf<typeof upOnly>>().toEqualTypeOf<Uint8Array>();
  });

  it("is never where a method has no such part", () => {
    expectTypeOf<ItemOf<typeof zod>>().toEqualTypeOf<never>();
    expectTypeOf<UploadSentOf<typeof zod>>().toEqualTypeOf<never>();
    expectTypeOf<ItemReturnOf<typeof up>>().toEqualTypeOf<never>();
    expectTypeOf<UploadReceivedOf<typeof down>>().toEqualTypeOf<never>();
  });

  it("is unknown of a method of which nothing is known", () => {
    expectTypeOf<InputOf<AnyMethod>>().toEqualTypeOf<unknown>();
    expectTypeOf<OutputOf<AnyMethod>>().toEqualTypeOf<unknown>();
  });
});

describe("InputArgs", () => {
  it("are none, one, or one that may be left out", () => {
    expectTypeOf<InputArgs<typeof nothing>>().toEqualTypeOf<[]>();
    expectTypeOf<InputArgs<typeof log>>().toEqualTypeOf<[input: string]>();
    expectTypeOf<InputArgs<typeof up>>().toEqualTypeOf<[input?: string | undefined]>();
    // @ts-expect-error - the input is missing
    [] satisfies InputArgs<typeof log>;
    // @ts-expect-error - takes nothing
    ["x"] satisfies InputArgs<typeof nothing>;
  });
});
