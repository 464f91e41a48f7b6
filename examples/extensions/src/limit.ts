import { createClient } from "@porthos-rpc/client";
import { limit } from "@porthos-rpc/extension-limit";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";

/** Clients of one transport are one caller: two callers have two, to one broker. */
const url = "memory:stock";

const limits = limit({ concurrent: 100, perCaller: { rate: 1, burst: 2 } });
const server = createServer({ transport: memory({ url }), service: "Stock", extensions: [limits] });
server.register("count", () => 42);
await server.listen();

for (const name of ["a", "b"]) {
  const client = createClient({ transport: memory({ url }), service: "Stock" });
  for (let call = 1; call <= 3; call++) {
    const response = await client.call("count").sync();
    const { detail } = response.json<{ detail?: string }>();
    const later = response.headers.get("Retry-After");
    console.log(`${name}: ${response.statusCode}${response.ok ? "" : `, ${detail}: again in ${later} s`}`);
  }
  await client.close();
}
await server.shutdown();
