import { type Client, createClient } from "@porthos-rpc/client";
import { contract, method } from "@porthos-rpc/contract";
import { createServer } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import * as v from "valibot";
import { z } from "zod";

/*
 * What a typed call costs beside an untyped one: `pnpm bench:typed` [ROUNDS]. Client, server and memory transport in one process, 100
 * calls at a time; the subjects take turns, the order turned round each time. CPU time, which is steadier than the clock. The figure
 * is the median over the rounds of the ratio to the untyped call of the same round.
 */

const CALLS = 20_000;
const PENDING = 100;

type AddOne = (value: number) => Promise<number>;

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

/** Microseconds of CPU time a call. */
async function cost(addOne: AddOne): Promise<number> {
  let next = 0;
  const callOnAndOn = async (): Promise<void> => {
    for (let value = next++; value < CALLS; value = next++) {
      const sum = await addOne(value);
      if (sum !== value + 1) throw new Error(`addOne(${value}) answered ${sum}`);
    }
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: PENDING }, callOnAndOn));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

const subjects: Readonly<Record<string, AddOne>> = {
  untyped: await untyped(),
  "typed, unchecked": await typed(byZod, false),
  "typed by zod": await typed(byZod, true),
  "typed by valibot": await typed(byValibot as unknown as typeof byZod, true),
};
const names = Object.keys(subjects);
const costs = new Map<string, number[]>(names.map((name) => [name, []]));
const rounds = Number(process.argv[2] ?? 10);
for (const addOne of Object.values(subjects)) await cost(addOne);
for (let round = 0; round < rounds; round++) {
  for (const name of round % 2 === 0 ? names : [...names].reverse()) {
    costs.get(name)?.push(await cost(subjects[name] as AddOne));
  }
}
for (const end of ends) await end.close();

const bare = costs.get("untyped") ?? [];
console.log(`Node ${process.version}, ${rounds} rounds of ${CALLS} calls, ${PENDING} pending\n`);
console.log("| addOne over memory | CPU us/call | x untyped |\n| --- | --- | --- |");
for (const [name, all] of costs) {
  const ratios = all.map((each, round) => each / (bare[round] ?? Number.NaN));
  console.log(`| ${name} | ${median(all).toFixed(1)} | ${median(ratios).toFixed(2)} |`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
