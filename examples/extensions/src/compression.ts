import { createClient } from "@porthos-rpc/client";
import { compression } from "@porthos-rpc/extension-compression";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";

/*
 * A report of which every line looks like the one before, for a client that has the extension and for one that has not.
 */

const transport = memory();
const server = createServer({ transport, service: "Reports", extensions: [compression()] });
server.register("yearly", () => Array.from({ length: 1_000 }, (_, day) => ({ day, income: 100, costs: 50 })));
await server.listen();

const packing = createClient({ transport, service: "Reports", extensions: [compression()] });
const plain = createClient({ transport, service: "Reports" });
for (const [name, client] of Object.entries({ packing, plain })) {
  const report = await client.call("yearly").sync();
  console.log(`${name}: ${report.body.length} bytes, ${report.json<unknown[]>().length} lines`);
  await client.close();
}
const [settings] = server.describe().extensions.map((each) => each.settings);
const { packed, savedBytes } = settings as { packed: number; savedBytes: number };
console.log(
  `${packed} of 2 answers compressed, more than ${Math.floor(savedBytes / 10_000) * 10_000} bytes saved`,
);
await server.shutdown();
