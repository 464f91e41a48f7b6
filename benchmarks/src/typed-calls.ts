import { type Client, createClient } from "@porthos-rpc/client";
import { contract, method } from "@porthos-rpc/contract";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import * as v from "valibot";
import { z } from "zod";
import { type AddOne, compareInTurns } from "./in-turns.js";

/*
 * What a typed call costs beside an untyped one: `pnpm bench:typed` [ROUNDS]. Client, server and memory transport in one process.
 */

const byZod = contract("Zod", {
  addOne: method({ input: z.object({ value: z.number() }), output: z.object({ sum: z.number() }) }),
});
const byValibot = contract("Valibot", {
  addOne: method({ input: v.object({ value: v.number() }), output: v.object({ sum: v.number() }) }),
});

const ends: { close(): Promise<void> }[] = [];

async function untyped(): Promise<AddOne> {
  const transport = memory();
  const server = createServer({ transport, service: "Untyped", maxInFlight: 1_000 });
  server.register("addOne", (request) => ({ sum: request.json<{ value: number }>().value + 1 }));
  await server.listen();
  const client = createClient({ transport, service: "Untyped", timeoutMs: 30_000 });
  ends.push(client, server);
  return async (value) => (await client.call("addOne").withMap({ value }).sync()).json<{ sum: number }>().sum;
}

async function typed(contract: typeof byZod, validate: boolean): Promise<AddOne> {
  const transport = memory();
  const server = createServer({ transport, contract, validate, maxInFlight: 1_000 });
  server.implement({ addOne: ({ value }) => ({ sum: value + 1 }) });
  await server.listen();
  const client: Client<typeof byZod> = createClient({ transport, contract, validate, timeoutMs: 30_000 });
  ends.push(client, server);
  return async (value) => (await client.methods.addOne({ value })).sum;
}

const subjects: Readonly<Record<string, AddOne>> = {
  untyped: await untyped(),
  "typed, unchecked": await typed(byZod, false),
  "typed by zod": await typed(byZod, true),
  "typed by valibot": await typed(byValibot as unknown as typeof byZod, true),
};
await compareInTurns(subjects, Number(process.argv[2] ?? 10));
for (const end of ends) await end.close();
