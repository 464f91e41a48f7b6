import { createClient } from "@porthos-rpc/client";
import { discover, discovery } from "@porthos-rpc/extension-discovery";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";

/* Two servers of one service, and somebody who knows neither: he finds them, and learns how they do. */

const transport = memory();
const servers = ["eu", "us"].map((region) => {
  const extensions = [discovery({ version: "1.2.3", metadata: { region } })];
  const server = createServer({ transport, service: "Calculator", extensions });
  server.register("addOne", (request) => request.json<number>() + 1);
  return server;
});
await Promise.all(servers.map((server) => server.listen()));

const client = createClient({ transport, service: "Calculator" });
for (const value of [1, 2, 3]) await client.call("addOne").withStruct(value).sync();

// Nobody says how many there are: a while after the last answer is enough.
const found = await discover(transport, { kind: "info", stallMs: 100 }).all();
for (const { service, version, methods, metadata } of found)
  console.log(`${service} ${version} in ${metadata["region"]}: ${methods.join(", ")}`);

const stats = await discover(transport, { kind: "stats", service: "Calculator", expected: 2 }).all();
const requests = stats.flatMap(({ methods }) => methods.map((each) => each.requests));
console.log(`${requests.reduce((sum, count) => sum + count)} requests in all`);

await servers[0]?.shutdown();
const left = await discover(transport, { kind: "ping", stallMs: 100 }).all();
console.log(`${left.length} left`);

await client.close();
await servers[1]?.shutdown();
await transport.close();
