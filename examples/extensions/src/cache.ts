import { createClient } from "@porthos-rpc/client";
import { cache } from "@porthos-rpc/extension-cache";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";

/*
 * A server whose reports take long: whoever asks for one that is under way, or was made of late, gets that one; a client of another tenant does not.
 * What must be new each time says so.
 */

const transport = memory();
const extensions = [cache({ methods: ["report*"], vary: ["tenant"], ttlMs: 60_000 })];
const server = createServer({ transport, service: "Reports", extensions });
let made = 0;
server.register("report", async (request, response) => {
  const number = ++made;
  await new Promise((resolve) => setTimeout(resolve, 50));
  response.json(200, `report ${number} of ${request.headers.get("tenant")}`);
});
server.register("reportNow", (_request, response) => {
  response.headers.set("Cache-Control", "no-store");
  response.json(200, `report ${++made}`);
});
await server.listen();

const client = createClient({ transport, service: "Reports" });
const ask = async (method: string, tenant: string): Promise<string> =>
  (await client.call(method).withHeaders({ tenant }).sync()).json<string>();

console.log(await Promise.all([ask("report", "ants"), ask("report", "ants"), ask("report", "bees")]));
console.log(await ask("report", "ants"));
console.log(await ask("reportNow", "ants"), "and", await ask("reportNow", "ants"));
const [described] = server.describe().extensions;
const { hits, misses, joined } = { ...(described?.settings as Record<string, number> | undefined) };
console.log(`${hits} hits, ${misses} misses, ${joined} joined`);

await client.close();
await server.shutdown();
await transport.close();
