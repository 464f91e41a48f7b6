import type { ClientCall, RpcError, Transport } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import {
  type CallBuilder,
  type CallOptions,
  type Client,
  createClient,
  type OneWayOptions,
  type Response,
  type Slot,
  type StreamOptions,
} from "./index.js";

declare const transport: Transport;
const client: Client = createClient({ transport, service: "S" });

describe("Client", () => {
  it("makes calls that resolve with what their kind promises", () => {
    expectTypeOf(client.call("m")).toEqualTypeOf<CallBuilder>();
    expectTypeOf(client.call("m").sync()).resolves.toEqualTypeOf<Response>();
    expectTypeOf(client.call("m").async()).resolves.toEqualTypeOf<Slot>();
    expectTypeOf(client.call("m").void()).resolves.toEqualTypeOf<void>();
  });

  it("takes bodies of their kind", () => {
    const call = client.call("m");
    expectTypeOf(call.withMap({ value: 20 })).toEqualTypeOf<CallBuilder>();
    call.withMap(new Map([["value", 20]]));
    call
      .withStruct(7)
      .withArgs(1, "two", null)
      .withTimeout(500)
      .withBodyContentType(new Uint8Array(1), "image/png");
    // @ts-expect-error - an array is no map
    call.withMap([1, 2]);
    // @ts-expect-error - a text is no body
    call.withBody("text");
    // @ts-expect-error - bytes of a type need the type
    call.withBodyContentType(new Uint8Array(1));
    // @ts-expect-error - milliseconds are a number
    call.withTimeout("500");
    // @ts-expect-error - a call has a method
    client.call();
  });

  it("takes a caller's word that a call is idempotent", () => {
    expectTypeOf(client.call("m").withIdempotence()).toEqualTypeOf<CallBuilder>();
    expectTypeOf<CallOptions["idempotent"]>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<OneWayOptions["idempotent"]>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<StreamOptions>().not.toHaveProperty("idempotent");
    expectTypeOf<ClientCall["idempotent"]>().toEqualTypeOf<boolean>();
  });

  it("tells its events by name", () => {
    expectTypeOf(
      client.on("settled", ({ error }) => expectTypeOf(error).toEqualTypeOf<RpcError | undefined>()),
    ).toEqualTypeOf<() => void>();
    client.on("sent", ({ call }) => expectTypeOf(call).toEqualTypeOf<ClientCall>());
    // @ts-expect-error - a server's event
    client.on("incoming", () => {});
  });

  it("is disposable, and so is a slot", () => {
    expectTypeOf<Client>().toExtend<AsyncDisposable>();
    expectTypeOf<Slot>().toExtend<AsyncDisposable>();
  });
});
