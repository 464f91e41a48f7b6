import type { Extension } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { type LimitOptions, limit } from "./index.js";

describe("limit", () => {
  it("is an extension, with bounds", () => {
    expectTypeOf(limit({ rate: 10 })).toEqualTypeOf<Extension>();
    const options: LimitOptions = {
      concurrent: 100,
      rate: 50,
      burst: 10,
      methods: { report: { concurrent: 2 } },
      perCaller: { rate: 5, burst: 20 },
      by: (call) => call.clientId,
      maxCallers: 100,
      adaptive: { targetAgeMs: 200, minConcurrent: 4 },
    };
    expectTypeOf(limit(options)).toEqualTypeOf<Extension>();
    // @ts-expect-error - it limits nothing
    limit();
    // @ts-expect-error - there is no such option
    limit({ requestsPerSecond: 3 });
  });
});
