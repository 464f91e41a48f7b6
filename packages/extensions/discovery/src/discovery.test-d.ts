import type { Extension, Transport } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { discover, discovery, type InfoAnswer, type PingAnswer } from "./index.js";

declare const transport: Transport;

describe("discovery", () => {
  it("is an extension, with any option or none", () => {
    expectTypeOf(discovery()).toEqualTypeOf<Extension>();
    expectTypeOf(discovery({ version: "1.2.3", metadata: { region: "eu" } })).toEqualTypeOf<Extension>();
    // @ts-expect-error - texts only
    discovery({ metadata: { port: 80 } });
  });
});

describe("discover", () => {
  it("has the answers of the kind that is asked for", async () => {
    expectTypeOf(await discover(transport, { kind: "info" }).all()).toEqualTypeOf<InfoAnswer[]>();
    for await (const answer of discover(transport, { kind: "ping", stallMs: 100 }))
      expectTypeOf(answer).toEqualTypeOf<PingAnswer>();
    // @ts-expect-error - there is no such kind
    discover(transport, { kind: "health" });
  });
});
