import { createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { createServer } from "@porthos-rpc/server";

// Yours to change: every package is found from this folder, and files beside this one run in the same way.
const transport = await connect(process.env["PORTHOS_URL"] ?? "memory:");

const server = createServer({ transport, service: "Playground" });
server.register("hello", (request) => `hello, ${request.args<[string]>()[0]}`);
await server.listen();

const client = createClient({ transport, service: "Playground" });
const response = await client.call("hello").withArgs("world").sync();
console.log(response.json());

await client.close();
await server.shutdown();
