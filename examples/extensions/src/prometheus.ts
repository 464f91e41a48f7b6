import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@porthos-rpc/client";
import { prometheus } from "@porthos-rpc/extension-prometheus";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { Registry } from "prom-client";

/* A service and its caller in one process, with one registry, and what Prometheus reads there. */

const registry = new Registry();
const http = createHttpServer(async (_request, response) => {
  response.setHeader("content-type", registry.contentType);
  response.end(await registry.metrics());
});
await once(http.listen(0, "127.0.0.1"), "listening");

const transport = memory();
const server = createServer({ transport, service: "Stock", extensions: [prometheus({ registry })] });
server.register("count", () => 42);
await server.listen();
const client = createClient({ transport, service: "Stock", extensions: [prometheus({ registry })] });
for (const method of ["count", "count", "missing"]) await client.call(method).sync();

const { port } = http.address() as AddressInfo;
const scraped = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
for (const line of scraped.split("\n")) {
  if (/^porthos_\w+(_count|_total)\{/.test(line)) console.log(line);
}

await client.close();
await server.shutdown();
http.close();
http.closeAllConnections();
