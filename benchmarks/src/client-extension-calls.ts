import { createClient } from "@porthos-rpc/client";
import { circuitBreaker } from "@porthos-rpc/extension-circuit-breaker";
import { limit } from "@porthos-rpc/extension-limit";
import { retry } from "@porthos-rpc/extension-retry";
import type { Extension } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { type AddOne, compareInTurns } from "./in-turns.js";

/*
 * What an extension of the client costs a call that succeeds: `pnpm bench:client-extensions` [ROUNDS]. Client, server and memory transport in
 * one process. The figure of an extension's own is what it has more than one that only hands the call on.
 */

const ends: { close(): Promise<void> }[] = [];

async function subject(service: string, ...extensions: Extension[]): Promise<AddOne> {
  const transport = memory();
  const server = createServer({ transport, service, maxInFlight: 1_000 });
  server.register("addOne", (request) => request.json<{ value: number }>().value + 1);
  await server.listen();
  const client = createClient({ transport, service, timeoutMs: 30_000, extensions });
  ends.push(client, server, transport);
  return async (value) => (await client.call("addOne").withMap({ value }).sync()).json<number>();
}

const passing: Extension = {
  name: "passing",
  apiVersion: 1,
  client: { wrap: { phase: "user", run: (call, next) => next(call) } },
};

await compareInTurns(
  {
    "one that hands on": await subject("Passing", passing),
    "no extension": await subject("Bare"),
    "circuit breaker": await subject("Broken", circuitBreaker()),
    limit: await subject("Limited", limit({ concurrent: 1_000, rate: 1_000_000 })),
    retry: await subject("Again", retry()),
  },
  Number(process.argv[2] ?? 10),
);
for (const end of ends) await end.close();
