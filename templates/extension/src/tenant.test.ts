import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@porthos-rpc/client";
import { contract, method } from "@porthos-rpc/contract";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { tenant, tenantKey } from "./index.js";

test("a handler of a contract finds the tenant in its context", async () => {
  const transport = memory();
  const service = contract("Orders", { list: method() });
  const seen: string[] = [];
  await using server = createServer({ transport, contract: service, extensions: [tenant()] });
  server.implement({
    list: (_, context) => {
      seen.push(context.tenant);
    },
  });
  await server.listen();
  await using client = createClient({
    transport,
    contract: service,
    extensions: [tenant({ tenant: "acme" })],
  });
  await client.methods.list();
  await client.methods.list();
  assert.deepEqual(seen, ["acme", "acme"]);
});

test("a handler without a contract asks the key, and a caller may say it call by call", async () => {
  const transport = memory();
  await using server = createServer({ transport, service: "Orders", extensions: [tenant()] });
  server.register("whose", (request) => tenantKey.of(request));
  await server.listen();
  await using client = createClient({ transport, service: "Orders" });
  const response = await client.call("whose").withHeaders({ tenant: "globex" }).sync();
  assert.equal(response.json(), "globex");
});

test("a request that names no tenant is refused, in words that say what to do, and does not run", async () => {
  const transport = memory();
  let runs = 0;
  await using server = createServer({ transport, service: "Orders", extensions: [tenant()] });
  server.register("list", () => {
    runs++;
  });
  await server.listen();
  await using client = createClient({ transport, service: "Orders" });
  for (const headers of [{}, { tenant: "" }, { tenant: 7 }, { tenant: "x".repeat(65) }]) {
    const response = await client.call("list").withHeaders(headers).sync();
    assert.equal(response.statusCode, 400);
    assert.match(response.json<{ detail: string }>().detail, /say the tenant in the header tenant/);
  }
  assert.equal(runs, 0);
});

test("a wrong option fails at once, by name", () => {
  assert.throws(() => tenant({ tenant: "" }), /tenant: option "tenant" must be/);
  assert.throws(() => tenant({ tenat: "acme" } as never), /tenant: unknown option "tenat"/);
});

test("it describes itself", async () => {
  const transport = memory();
  await using client = createClient({
    transport,
    service: "Orders",
    extensions: [tenant({ tenant: "acme" })],
  });
  assert.deepEqual(client.describe().extensions, [
    { name: "tenant", phase: "auth", settings: { tenant: "acme" } },
  ]);
});
