import type { ReadonlyHeaders } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import type { Response } from "./index.js";

declare const response: Response;

describe("Response", () => {
  it("gives JSON as unknown, or as what the caller claims it to be", () => {
    expectTypeOf(response.json()).toBeUnknown();
    expectTypeOf(response.json<{ value: number }>()).toEqualTypeOf<{ value: number }>();
    // @ts-expect-error - what is not claimed is not there
    response.json().value;
    // @ts-expect-error - nor what is not in the claim
    response.json<{ value: number }>().other;
  });

  it("has bytes, not a Buffer, and may be read only", () => {
    expectTypeOf(response.body).toEqualTypeOf<Uint8Array>();
    expectTypeOf(response.headers).toEqualTypeOf<ReadonlyHeaders>();
    expectTypeOf(response.ok).toBeBoolean();
    expectTypeOf(response.contentType).toEqualTypeOf<string | undefined>();
    // @ts-expect-error - readonly
    response.statusCode = 200;
    // @ts-expect-error - computed
    response.ok = true;
  });
});
