import { createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { contract, method } from "@porthos-rpc/contract";
import { createServer } from "@porthos-rpc/server";
import { z } from "zod";

/** A place for programs of your own in this checkout: change what you like. */
const greeter = contract("Greeter", {
  greet: method({ input: z.object({ name: z.string() }), output: z.string() }),
});

const transport = await connect(process.env["PORTHOS_URL"] ?? "memory:");

const server = createServer({ transport, contract: greeter });
server.implement({ greet: ({ name }) => `hello, ${name}` });
await server.listen();

const client = createClient({ transport, contract: greeter, timeoutMs: 2_000 });
console.log(await client.methods.greet({ name: "world" }));

await client.close();
await server.shutdown();
