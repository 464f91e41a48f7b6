import type { Extension } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { type RetryOptions, retry } from "./index.js";

describe("retry", () => {
  it("is an extension, with any option or none", () => {
    expectTypeOf(retry()).toEqualTypeOf<Extension>();
    const options: RetryOptions = {
      maxAttempts: 5,
      backoffMs: 10,
      maxBackoffMs: 100,
      attemptTimeoutMs: 500,
      budgetRatio: 0.2,
      budgetReserve: 5,
      random: () => 0,
    };
    expectTypeOf(retry(options)).toEqualTypeOf<Extension>();
    // @ts-expect-error - there is no such option
    retry({ retries: 3 });
    // @ts-expect-error - exactOptionalPropertyTypes
    retry({ random: undefined });
  });
});
