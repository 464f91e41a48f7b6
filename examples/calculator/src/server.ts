import { connect } from "@porthos-rpc/connect";
import { accessLog } from "@porthos-rpc/extension-access-log";
import { createServer } from "@porthos-rpc/server";
import { CALCULATOR, registerCalculator } from "./calculator.js";

const transport = await connect(process.env["PORTHOS_URL"] ?? "amqp://localhost");
const quiet = process.env["QUIET"] === "1";
const server = createServer({
  transport,
  service: CALCULATOR,
  maxInFlight: 100,
  extensions: quiet ? [] : [accessLog()],
});
registerCalculator(server);

await server.listen();
console.log(`${CALCULATOR} is listening; stop it with Ctrl-C`);

// Takes no more requests, finishes those it has, and lets the process end by itself.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.shutdown({ timeoutMs: 10_000 }));
}
await server.closed;
