import { createClient } from "@porthos-rpc/client";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { load } from "./load.js";

/* What a call costs without a broker and without a socket: client, server and memory transport in one process. */

const CALLS = 100_000;
const transport = memory();
const server = createServer({ transport, service: "Calculator", maxInFlight: 1_000 });
server.register("addOne", (request, response) => {
  const { value } = request.json<{ value: number }>();
  response.json(200, { value_plus_one: value + 1 });
});
await server.listen();
const client = createClient({ transport, service: "Calculator", timeoutMs: 30_000 });
const caller = {
  async addOne(value: number): Promise<number> {
    const response = await client.call("addOne").withMap({ value }).sync();
    return response.json<{ value_plus_one: number }>().value_plus_one;
  },
  close: () => client.close(),
};

console.log("| addOne over memory | CPU us/call | calls/s |\n| --- | --- | --- |");
for (const pending of [1, 100, 1_000]) {
  await load(caller, CALLS / 5, pending);
  const before = process.cpuUsage();
  const seconds = await load(caller, CALLS, pending);
  const { user, system } = process.cpuUsage(before);
  console.log(
    `| ${pending} pending | ${((user + system) / CALLS).toFixed(1)} | ${Math.round(CALLS / seconds)} |`,
  );
}
await caller.close();
await server.shutdown();
