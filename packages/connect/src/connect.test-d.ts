import type { Transport } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { connect } from "./index.js";

describe("connect", () => {
  it("takes a URL, and options of the transport that only that knows", () => {
    expectTypeOf(connect("memory:")).resolves.toEqualTypeOf<Transport>();
    expectTypeOf(connect("amqp://host", { heartbeatMs: 5_000 })).resolves.toEqualTypeOf<Transport>();
    expectTypeOf(connect("amqp://host", { waitUntilReady: false })).resolves.toEqualTypeOf<Transport>();
    // @ts-expect-error - true or false
    void connect("amqp://host", { waitUntilReady: "no" });
    // @ts-expect-error - the environment may lack the variable: say what is used then
    void connect(process.env["PORTHOS_URL"]);
    // @ts-expect-error - a text
    void connect(new URL("memory:"));
  });
});
