import type { Extension } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { specs } from "./index.js";

describe("specs", () => {
  it("is an extension, with any option or none", () => {
    expectTypeOf(specs()).toEqualTypeOf<Extension>();
    expectTypeOf(specs({ everyMs: 60_000 })).toEqualTypeOf<Extension>();
    // @ts-expect-error - there is no such option
    specs({ queue: "elsewhere" });
  });
});
