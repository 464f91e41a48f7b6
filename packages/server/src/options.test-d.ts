import type { Extension, ServerCall, Transport } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { createServer, type Server, type ServerOptions } from "./index.js";

declare const transport: Transport;
declare const extension: Extension;

describe("ServerOptions", () => {
  it("need a transport and a service", () => {
    expectTypeOf(createServer({ transport, service: "S" })).toEqualTypeOf<Server>();
    // @ts-expect-error - no service
    createServer({ transport });
    // @ts-expect-error - no transport
    createServer({ service: "S" });
    // @ts-expect-error - connect(url) has to be awaited
    createServer({ transport: Promise.resolve(transport), service: "S" });
  });

  it("are of the types that they are", () => {
    ({
      transport,
      service: "S",
      maxInFlight: 10,
      autoAck: false,
      extensions: [extension],
    }) satisfies ServerOptions;
    // @ts-expect-error - a number
    createServer({ transport, service: "S", maxInFlight: "10" });
    // @ts-expect-error - there is no such option
    createServer({ transport, service: "S", prefetch: 10 });
  });

  it("are there or not: undefined is no value", () => {
    // @ts-expect-error - exactOptionalPropertyTypes
    createServer({ transport, service: "S", autoAck: undefined });
  });
});

describe("Server", () => {
  const server = createServer({ transport, service: "S" });

  it("tells its events by name", () => {
    server.on("incoming", ({ call }) => expectTypeOf(call).toEqualTypeOf<ServerCall>());
    server.on("handlerError", ({ error }) => expectTypeOf(error).toBeUnknown());
    // @ts-expect-error - a client's event
    server.on("settled", () => {});
  });

  it("resolves with nothing", () => {
    expectTypeOf(server.listen()).resolves.toEqualTypeOf<void>();
    expectTypeOf(server.closed).resolves.toEqualTypeOf<void>();
    expectTypeOf(server.shutdown({ timeoutMs: 1 })).resolves.toEqualTypeOf<void>();
    // @ts-expect-error - a close waits for nothing
    void server.close({ timeoutMs: 1 });
    expectTypeOf<Server>().toExtend<AsyncDisposable>();
  });
});
