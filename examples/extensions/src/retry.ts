import { createClient } from "@porthos-rpc/client";
import { retry } from "@porthos-rpc/extension-retry";
import { type Extension, Refusal } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";

/** A service that refuses every request but each third one, as if it had too much to do. */
let requests = 0;
const busy: Extension = {
  name: "busy",
  apiVersion: 1,
  server: {
    wrap: {
      phase: "limit",
      run: (call, next) => {
        if (++requests % 3 !== 0) throw new Refusal(503, "too much to do");
        return next(call);
      },
    },
  },
};

const transport = memory();
const server = createServer({ transport, service: "Stock", extensions: [busy] });
server.register("count", () => 42);
await server.listen();

const plain = createClient({ transport, service: "Stock" });
console.log(`without retry: ${(await plain.call("count").sync()).statusCode}`);
await plain.close();

requests = 0;
const client = createClient({ transport, service: "Stock", extensions: [retry({ backoffMs: 5 })] });
const response = await client.call("count").sync();
console.log(`with retry: ${response.statusCode} ${response.text()}, after ${requests} requests`);

await client.close();
await server.shutdown();
