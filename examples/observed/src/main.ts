import { createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { contract, method } from "@porthos-rpc/contract";
import { type AccessLogFunction, accessLog } from "@porthos-rpc/extension-access-log";
import { metrics } from "@porthos-rpc/extension-metrics";
import { specs } from "@porthos-rpc/extension-specs";
import { createServer } from "@porthos-rpc/server";
import { z } from "zod";
import { showQueue } from "./reader.js";

/*
 * A service that is observed in three ways, by extensions that know nothing of each other. PORTHOS_URL moves it to a real broker, where the
 * seed's Dashboard and Playground may read what it ships.
 */

const SERVICE = "ObservedCalculator";
const calculator = contract(SERVICE, {
  addOne: method({
    description: "Adds one",
    input: z.object({ value: z.number(), pin: z.string().optional() }),
    output: z.object({ sum: z.number() }),
  }),
});

const log: AccessLogFunction = (fields, message, level) =>
  console.log(`${level} ${message.padEnd(8)} ${JSON.stringify(fields)}`);

const transport = await connect(process.env["PORTHOS_URL"] ?? "memory:");
const endMetrics = await showQueue(transport, "porthos.metrics", SERVICE);
const endSpecs = await showQueue(transport, "porthos.specs", SERVICE);

const server = createServer({
  transport,
  contract: calculator,
  extensions: [
    accessLog({ logger: log, slowMs: 250, redact: ["args.pin"] }),
    metrics({ bufferSize: 2 }),
    specs(),
  ],
});
server.implement({ addOne: ({ value }) => ({ sum: value + 1 }) });
await server.listen();

const client = createClient({ transport, contract: calculator });
for (const value of [20, 21]) await client.methods.addOne({ value, pin: "1234" });

await Promise.all([endMetrics(), endSpecs()]);
await client.close();
await server.shutdown();
await transport.close();
