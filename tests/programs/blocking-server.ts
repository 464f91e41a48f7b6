import { connect } from "@porthos-rpc/connect";
import { createServer } from "@porthos-rpc/server";

/*
 * A server whose method `block` keeps its process from doing anything else for so many milliseconds. Arguments: the options
 * of its transport in JSON, the service. It prints each run, and what it is told of its connection.
 */
const [options = "{}", service = ""] = process.argv.slice(2);
const transport = await connect(process.env["PORTHOS_URL"] ?? "memory:", JSON.parse(options));
const server = createServer({ transport, service });
const say = (event: string): void => console.log(JSON.stringify({ event }));

transport.on("down", () => say("down"));
transport.on("degraded", () => say("degraded"));
server.on("duplicate", () => say("duplicate"));
server.register("block", (request) => {
  const [ms] = request.args<[number]>();
  say("runs");
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
  return "done";
});
server.register("echo", (request) => request.args()[0]);

await server.listen();
console.log("it is listening");
process.once("SIGTERM", () => void server.shutdown());
await server.closed;
