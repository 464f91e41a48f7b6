import type { Extension, Transport } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { type Client, type ClientOptions, createClient } from "./index.js";

declare const transport: Transport;
declare const extension: Extension;

describe("ClientOptions", () => {
  it("need a transport and a service", () => {
    expectTypeOf(createClient({ transport, service: "S" })).toEqualTypeOf<Client>();
    // @ts-expect-error - no service
    createClient({ transport });
    // @ts-expect-error - no transport
    createClient({ service: "S" });
    // @ts-expect-error - connect(url) has to be awaited
    createClient({ transport: Promise.resolve(transport), service: "S" });
  });

  it("are of the types that they are", () => {
    const options = {
      transport,
      service: "S",
      timeoutMs: 1,
      whenDown: "fail",
      extensions: [extension],
    } as const;
    options satisfies ClientOptions;
    // @ts-expect-error - milliseconds are a number
    createClient({ transport, service: "S", timeoutMs: "1s" });
    // @ts-expect-error - one of two words
    createClient({ transport, service: "S", whenDown: "queue" });
    // @ts-expect-error - there is no such option
    createClient({ transport, service: "S", timeout: 1 });
  });

  it("are there or not: undefined is no value", () => {
    // @ts-expect-error - exactOptionalPropertyTypes
    createClient({ transport, service: "S", timeoutMs: undefined });
  });
});
