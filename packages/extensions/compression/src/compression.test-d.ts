import type { Extension } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { compression } from "./index.js";

describe("compression", () => {
  it("is an extension, with any option or none", () => {
    expectTypeOf(compression()).toEqualTypeOf<Extension>();
    compression({ minBytes: 1, maxBodyBytes: 2, encodings: ["gzip"], requests: "known" });
    // @ts-expect-error - nobody has it
    compression({ encodings: ["br"] });
    // @ts-expect-error - there is no such option
    compression({ level: 9 });
  });
});
