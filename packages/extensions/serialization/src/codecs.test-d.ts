import type { Codec } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { cbor, messagePack } from "./index.js";

describe("codecs", () => {
  it("are codecs, with a content type that is known", () => {
    expectTypeOf(cbor()).toEqualTypeOf<Codec>();
    expectTypeOf(messagePack({ contentType: "application/vnd.msgpack" })).toEqualTypeOf<Codec>();
    // @ts-expect-error - nobody calls it that
    messagePack({ contentType: "application/json" });
  });
});
