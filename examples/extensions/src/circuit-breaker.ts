import { createClient, RpcError } from "@porthos-rpc/client";
import { circuitBreaker } from "@porthos-rpc/extension-circuit-breaker";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";

const transport = memory();
let works = false;
const server = createServer({ transport, service: "Stock" });
server.register("count", (_request, response) => (works ? response.json(200, 42) : response.empty(503)));
await server.listen();

const extensions = [circuitBreaker({ window: 4, minCalls: 4, openMs: 100 })];
const client = createClient({ transport, service: "Stock", extensions });

async function count(): Promise<string> {
  try {
    const response = await client.call("count").sync();
    return `${response.statusCode} ${response.text()}`.trim();
  } catch (error) {
    if (error instanceof RpcError) return `${error.code}, executed: ${error.executed}`;
    throw error;
  }
}

for (let call = 1; call <= 5; call++) console.log(`call ${call}: ${await count()}`);
works = true;
await new Promise((resolve) => setTimeout(resolve, 120));
console.log(`120 ms later: ${await count()}`);

await client.close();
await server.shutdown();
