import { createClient } from "@porthos-rpc/client";
import { idempotency, memoryStore } from "@porthos-rpc/extension-idempotency";
import { createServer, type Server } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";

/*
 * An order is charged by one server, which is then replaced by another. Its caller asks again, and is told what the first one did. In real life the
 * store is in Redis, and the servers are processes.
 */

const transport = memory();
const store = memoryStore();
let charges = 0;

async function payments(name: string): Promise<Server> {
  const server = createServer({ transport, service: "Payments", extensions: [idempotency({ store })] });
  server.register("charge", (request) => ({
    by: name,
    charge: ++charges,
    cents: request.json<{ cents: number }>().cents,
  }));
  await server.listen();
  return server;
}

const client = createClient({ transport, service: "Payments" });

async function charge(order: string, cents: number): Promise<void> {
  const call = client.call("charge").withHeaders({ "Idempotency-Key": order }).withMap({ cents });
  const response = await call.sync();
  const again = response.headers.get("Idempotent-Replayed") === "true" ? " (again)" : "";
  console.log(`${order}: ${response.statusCode} ${response.text()}${again}`);
}

const blue = await payments("blue");
await charge("order-1", 500);
await blue.shutdown();

const green = await payments("green");
await charge("order-1", 500);
await charge("order-2", 900);
console.log(`charged ${charges} times`);

await client.close();
await green.shutdown();
await transport.close();
