import type { Extension } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { metrics } from "./index.js";

describe("metrics", () => {
  it("is an extension, with any option or none", () => {
    expectTypeOf(metrics()).toEqualTypeOf<Extension>();
    expectTypeOf(metrics({ bufferSize: 10, intervalMs: 500, maxEntries: 20 })).toEqualTypeOf<Extension>();
    // @ts-expect-error - there is no such option
    metrics({ queue: "elsewhere" });
  });
});
