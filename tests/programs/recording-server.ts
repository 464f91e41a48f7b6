import { connect } from "@porthos-rpc/connect";
import { createServer } from "@porthos-rpc/server";

/*
 * The calculator's `addOne` with a memory: `whichRan` tells which of these values it was ever called with. So a caller
 * can find out whether what was "not executed" was not.
 */
const transport = await connect(process.env["PORTHOS_URL"] ?? "memory:");
const server = createServer({ transport, service: "CalculatorService" });
const ran = new Set<number>();

server.register("addOne", (request, response) => {
  const { value } = request.json<{ value: number }>();
  ran.add(value);
  response.json(200, { original_value: value, value_plus_one: value + 1 });
});
server.register("whichRan", (request) => request.args<number[]>().filter((value) => ran.has(value)));

await server.listen();
console.log("it is listening");
process.once("SIGTERM", () => void server.shutdown());
await server.closed;
