import type { Extension } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { type CircuitBreakerOptions, circuitBreaker } from "./index.js";

describe("circuitBreaker", () => {
  it("is an extension, with any option or none", () => {
    expectTypeOf(circuitBreaker()).toEqualTypeOf<Extension>();
    const options: CircuitBreakerOptions = {
      failureRatio: 0.3,
      window: 10,
      minCalls: 5,
      openMs: 500,
      per: "method",
    };
    expectTypeOf(circuitBreaker(options)).toEqualTypeOf<Extension>();
    // @ts-expect-error - there is no such option
    circuitBreaker({ threshold: 3 });
    // @ts-expect-error - nor such a circuit
    circuitBreaker({ per: "caller" });
  });
});
