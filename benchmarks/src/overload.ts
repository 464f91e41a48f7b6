import { setTimeout as sleep } from "node:timers/promises";
import { startBroker } from "@porthos-rpc/brokers";
import { type Client, createClient, RpcError } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import type { Transport } from "@porthos-rpc/protocol";
import { createServer, type Server } from "@porthos-rpc/server";
import { memory } from "@porthos-rpc/transport-memory";
import { OwnProcess } from "./own-process.js";
import { quantile } from "./quantile.js";

/*
 * What a service still does that is asked for three times what it can: `pnpm --filter benchmarks overload` [SECONDS] [TIMES] [CARRIER]. Its handlers share a pool
 * of WORKERS, each of which has one at a time, for WORK_MS: so capacity is known, and what nobody waits for any more still costs. First
 * it is measured in a closed loop, then calls come at an even pace, with and without shedding. What counts is from when the queue is long.
 */

const WORKERS = 10;
const WORK_MS = 50;
const TIMEOUT_MS = 1_000;
/** Until the queue is as long as it gets. */
const FILLING_MS = 3_000;
const SERVICE = `overload-${process.pid}`;

/** A pool like that of a database's connections: in the order in which they are asked for, whoever still waits. */
class Workers {
  #free = WORKERS;
  readonly #waiting: (() => void)[] = [];

  async work(): Promise<void> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    await sleep(WORK_MS);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

async function serve(transport: Transport, service: string, shed: boolean): Promise<Server> {
  const workers = new Workers();
  const server = createServer({ transport, service, maxInFlight: WORKERS, shed });
  server.register("work", async (_request, response) => {
    await workers.work();
    response.empty(200);
  });
  await server.listen();
  return server;
}

async function serveAlone([url = "", service = "", shed = ""]: readonly string[]): Promise<void> {
  const server = await serve(await connect(url), service, shed === "true");
  process.send?.("ready");
  process.once("message", () => server.shutdown({ timeoutMs: 0 }).then(() => process.disconnect()));
}

interface Served extends AsyncDisposable {
  readonly client: Client;
}

async function overMemory(shed: boolean): Promise<Served> {
  const transport = memory();
  const server = await serve(transport, SERVICE, shed);
  const client = createClient({ transport, service: SERVICE, timeoutMs: TIMEOUT_MS });
  return {
    client,
    [Symbol.asyncDispose]: () => client.close().then(() => server.shutdown({ timeoutMs: 0 })),
  };
}

async function overBroker(url: string, shed: boolean): Promise<Served> {
  const service = `${SERVICE}-${new URL(url).protocol.slice(0, -1)}-${shed}`;
  const server = await OwnProcess.start(import.meta.url, ["serve", url, service, String(shed)]);
  const client = createClient({ transport: await connect(url), service, timeoutMs: TIMEOUT_MS });
  return {
    client,
    [Symbol.asyncDispose]: () => client.close().then(() => server[Symbol.asyncDispose]()),
  };
}

/** Calls a second, with more of them pending than run. */
async function maximum(client: Client, seconds: number): Promise<number> {
  const untilMs = performance.now() + seconds * 1_000;
  let calls = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      await client.call("work").sync();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: 2 * WORKERS }, loop));
  return calls / seconds;
}

interface Tally {
  inTime: number;
  readonly toldMs: number[];
  timeouts: number;
  notExecuted: number;
}

/** Calls that come at an even pace, however many are pending; those of the first seconds do not count. */
async function openLoop(client: Client, perSecond: number, seconds: number): Promise<Tally> {
  const tally: Tally = { inTime: 0, toldMs: [], timeouts: 0, notExecuted: 0 };
  const startedMs = performance.now();
  const endMs = startedMs + FILLING_MS + seconds * 1_000;
  const calls: Promise<void>[] = [];
  for (let made = 0; performance.now() < endMs; await sleep(5)) {
    const due = ((performance.now() - startedMs) / 1_000) * perSecond;
    for (; made < due; made++) calls.push(one(client, tally, performance.now() - startedMs > FILLING_MS));
  }
  await Promise.all(calls);
  return tally;
}

async function one(client: Client, tally: Tally, counts: boolean): Promise<void> {
  const startedMs = performance.now();
  let status = 0;
  let executed = "yes";
  try {
    const response = await client.call("work").sync();
    status = response.statusCode;
    if (status === 429) executed = response.json<{ executed: string }>().executed;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    ({ executed, status } = error);
  }
  if (!counts) return;
  if (status === 200) tally.inTime++;
  else if (status === 429) tally.toldMs.push(performance.now() - startedMs);
  else tally.timeouts++;
  if (executed === "no") tally.notExecuted++;
}

async function compare(seconds: number, times: number, only: string | undefined): Promise<void> {
  await using broker = await startBroker("rabbitmq-4.3");
  console.log(
    `${broker.product} ${broker.version}, Node ${process.version}: ${times} times the maximum for ${seconds} s\n`,
  );
  console.log(
    "| carrier | shed | maximum/s | in time/s | of the maximum | told 429/s, after ms (p50) | timed out/s | not executed |",
  );
  console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
  const carriers: readonly (readonly [string, (shed: boolean) => Promise<Served>])[] = [
    ["memory", overMemory],
    ["AMQP 0-9-1", (shed) => overBroker(broker.url("amqp091"), shed)],
    ["AMQP 1.0", (shed) => overBroker(broker.url("amqp10"), shed)],
  ];
  for (const [name, start] of carriers) {
    if (only !== undefined && only !== name) continue;
    for (const shed of [true, false]) {
      await using served = await start(shed);
      const most = await maximum(served.client, 5);
      const { inTime, toldMs, timeouts, notExecuted } = await openLoop(served.client, most * times, seconds);
      const all = inTime + toldMs.length + timeouts;
      console.log(
        `| ${name} | ${shed ? "yes" : "no"} | ${Math.round(most)} | ${Math.round(inTime / seconds)} | ${percent(inTime / seconds / most)} | ` +
          `${Math.round(toldMs.length / seconds)}, ${Math.round(quantile(toldMs, 0.5))} | ${Math.round(timeouts / seconds)} | ` +
          `${percent(notExecuted / (all - inTime))} of the rest |`,
      );
    }
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

const [first, ...more] = process.argv.slice(2);
if (first === "serve") await serveAlone(more);
else await compare(Number(first ?? 15), Number(more[0] ?? 3), more[1]);
