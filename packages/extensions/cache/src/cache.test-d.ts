import type { Extension } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { cache } from "./index.js";

describe("cache", () => {
  it("is an extension, with any option or none", () => {
    expectTypeOf(cache()).toEqualTypeOf<Extension>();
    cache({ ttlMs: 5, maxEntries: 5, maxBytes: 5_000, maxBodyBytes: 5, vary: ["tenant"], methods: ["get*"] });
    cache({ scope: ({ request }) => `${request.headers?.get("tenant")}` });
    // @ts-expect-error - there is no such option
    cache({ ttl: 5 });
    // @ts-expect-error - it is a list
    cache({ methods: "get" });
  });
});
