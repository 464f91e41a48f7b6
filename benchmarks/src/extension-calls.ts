import { createClient } from "@porthos-rpc/client";
import { accessLog } from "@porthos-rpc/extension-access-log";
import { discovery } from "@porthos-rpc/extension-discovery";
import { metrics } from "@porthos-rpc/extension-metrics";
import { specs } from "@porthos-rpc/extension-specs";
import type { Extension } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { type AddOne, compareInTurns } from "./in-turns.js";

/*
 * What an extension of the server costs a call: `pnpm bench:extensions` [ROUNDS]. Client, server and memory transport in one process; the
 * log's lines go nowhere, so that it is the extension that is measured and not the disk; metrics and specs are read as they come.
 */

const ends: { close(): Promise<void> }[] = [];

async function subject(name: string, ...extensions: Extension[]): Promise<AddOne> {
  const transport = memory();
  for (const queue of ["porthos.metrics", "porthos.specs"])
    await transport.consume(queue, { credit: 100 }, (delivery) => delivery.accept());
  const server = createServer({ transport, service: name, maxInFlight: 1_000, extensions });
  server.registerWithSpec("addOne", (request) => request.json<{ value: number }>().value + 1, {
    description: "Adds one",
  });
  await server.listen();
  const client = createClient({ transport, service: name, timeoutMs: 30_000 });
  ends.push(client, server, transport);
  return async (value) => (await client.call("addOne").withMap({ value }).sync()).json<number>();
}

const logger = (): void => {};

/** So many that only pass the call on, each in its own layer, or that only hear its begin and end. */
const passing = (count: number): Extension[] =>
  Array.from({ length: count }, (_, n) => ({
    name: `passing-${n}`,
    apiVersion: 1,
    server: { wrap: { phase: "user", run: (call, next) => next(call) } },
  }));
const hearing = (count: number): Extension[] =>
  Array.from({ length: count }, (_, n) => ({
    name: `hearing-${n}`,
    apiVersion: 1,
    server: { observe: { incoming: () => {}, outgoing: () => {} } },
  }));

await compareInTurns(
  {
    "no extension": await subject("Bare"),
    "access log": await subject("Logged", accessLog({ logger })),
    "access log without args": await subject("Named", accessLog({ logger, args: false })),
    discovery: await subject("Found", discovery()),
    metrics: await subject("Measured", metrics()),
    specs: await subject("Specified", specs()),
    "1 that acts": await subject("Acting1", ...passing(1)),
    "10 that act": await subject("Acting10", ...passing(10)),
    "1 that hears": await subject("Hearing1", ...hearing(1)),
    "10 that hear": await subject("Hearing10", ...hearing(10)),
    "all three": await subject("All", accessLog({ logger }), metrics(), specs()),
  },
  Number(process.argv[2] ?? 10),
);
for (const end of ends) await end.close();
