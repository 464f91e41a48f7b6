import { contract, method, notification, stream } from "@porthos-rpc/contract";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { scripted } from "../test/setup.js";
import { settle } from "../test/watch.js";
import { withHeaders } from "./call-headers.js";
import { createClient } from "./client.js";

const api = contract("S", {
  get: method({ input: z.string() }),
  note: notification(),
  count: stream({ output: z.number() }),
});

describe("a caller's headers", () => {
  it("travel with calls of every kind that a contract has, beside the contract's own", async () => {
    const { transport, clock } = scripted();
    const client = createClient({ transport, clock, contract: api });
    const headers = { tenant: "acme" };
    void client.methods.get("a", { headers }).catch(() => {});
    void client.methods.note({ headers }).catch(() => {});
    void client.methods
      .count({ headers })
      [Symbol.asyncIterator]()
      .next()
      .catch(() => {});
    await settle();
    expect(transport.sent).toHaveLength(3);
    for (const { message } of transport.sent) {
      expect(message.headers.get("tenant")).toBe("acme");
      expect(message.headers.get("porthos-contract")).toBeDefined();
    }
    await client.close();
  });

  it("are the call's own: the next call has none of them", async () => {
    const { transport, clock } = scripted();
    const client = createClient({ transport, clock, contract: api });
    void client.methods.get("a", { headers: { tenant: "acme" } }).catch(() => {});
    void client.methods.get("a").catch(() => {});
    await settle();
    expect(transport.sent.map(({ message }) => message.headers.has("tenant"))).toEqual([true, false]);
    await client.close();
  });

  it("change neither the request nor what was given", () => {
    const request = {
      method: "m",
      contentType: undefined,
      body: new Uint8Array(),
      headers: new Map([["a", 1]]),
    };
    const given = new Map([["b", 2]]);
    expect([...(withHeaders(request, given).headers ?? [])]).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
    expect([request.headers.size, given.size]).toEqual([1, 1]);
    expect(withHeaders(request, undefined)).toBe(request);
  });
});
