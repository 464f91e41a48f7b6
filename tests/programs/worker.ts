import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@porthos-rpc/connect";
import { createServer } from "@porthos-rpc/server";

/*
 * A service that says what it runs: `work` takes so many milliseconds and answers with its first argument, `die` kills this
 * process with SIGKILL. SIGTERM ends it in good order.
 */
const transport = await connect(process.env["PORTHOS_URL"] ?? "memory:");
const service = process.env["PORTHOS_SERVICE"] ?? "Worker";
const server = createServer({ transport, service, maxInFlight: 20 });

server.register("work", async (request) => {
  const [value, ms] = request.args<[unknown, number]>();
  console.log(`work ${value}`);
  await delay(ms);
  return value;
});
server.register("die", () => void process.kill(process.pid, "SIGKILL"));

await server.listen();
console.log("it is listening");
process.once("SIGTERM", () => void server.shutdown());
await server.closed;
