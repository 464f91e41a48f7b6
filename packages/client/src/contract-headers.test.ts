import { contract, method } from "@porthos-rpc/contract";
import type { Extension, HeaderValue } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";
import { ContractHeaders } from "./contract-headers.js";
import { createClient } from "./index.js";

describe("the headers of a contract's method", () => {
  it("are one map for all calls, with the method's name", () => {
    const own = new ContractHeaders([["porthos-contract", "0123456789abcdef"]]);
    const headers = own.for("m");
    expect([...headers]).toEqual([
      ["porthos-contract", "0123456789abcdef"],
      ["X-Method", "m"],
    ]);
    expect(own.for("m")).toBe(headers);
    // An extension may send the call to another method.
    expect(own.for("n").get("X-Method")).toBe("n");
  });

  it("are sent as the same map each time, so that a transport can encode it once", async () => {
    const { transport, clock } = scripted();
    const client = createClient({ transport, contract: contract("S", { m: method({}) }), clock });
    for (let n = 0; n < 2; n++) void watch(client.methods.m());
    await settle();
    const [one, other] = transport.sent;
    expect(one?.message.headers).toBe(other?.message.headers);
    await client.close();
  });
});

describe("the headers of an extension", () => {
  it("are sent as they are at each call, though it uses its map again", async () => {
    const headers = new Map<string, HeaderValue>();
    let token = 0;
    const auth: Extension = {
      name: "auth",
      apiVersion: 1,
      client: {
        wrap: {
          phase: "auth",
          run: (call, next) => {
            headers.set("token", ++token);
            return next({ ...call, request: { ...call.request, headers } });
          },
        },
      },
    };
    const { client, transport } = scripted({ extensions: [auth] });
    for (let n = 0; n < 2; n++) {
      void watch(client.call("m").sync());
      await settle();
    }
    expect(transport.sent.map(({ message }) => message.headers.get("token"))).toEqual([1, 2]);
    await client.close();
  });
});
