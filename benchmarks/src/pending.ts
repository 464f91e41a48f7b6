import { setTimeout as sleep } from "node:timers/promises";
import { startBroker } from "@porthos-rpc/brokers";
import { createClient, RpcError } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { createServer } from "@porthos-rpc/server";
import { quantile } from "./quantile.js";

/*
 * What 10,000 calls cost that are pending at once, and how exactly they end at their deadlines: `pnpm --filter benchmarks pending` [CALLS]. The broker
 * keeps their requests in a queue that nobody serves, so what this process holds of them is the client's. Bytes are of the heap after a
 * full collection, the call's own promise at its caller included.
 */

/** A client waits so long for a server's word on a call that is over its time. */
const VERDICT_MS = 100;
const FIRST_MS = 8_000;
const SPREAD_MS = 4_000;

function heapBytes(): number {
  for (let times = 0; times < 3; times++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const calls = Number(process.argv[2] ?? 10_000);
await using broker = await startBroker("rabbitmq-4.3");
const url = broker.url("amqp091");
const service = `pending-${process.pid}`;
const server = createServer({ transport: await connect(url), service });
await server.listen();
await server.shutdown();

const client = createClient({ transport: await connect(url), service, maxPending: 2 * calls });
await client
  .call("warm")
  .withTimeout(200)
  .sync()
  .catch(() => {});
/** How late each ended, in milliseconds. */
const late: number[] = [];
const codes = new Map<string, number>();

async function one(timeoutMs: number): Promise<void> {
  const startedMs = performance.now();
  try {
    await client.call("never").withTimeout(timeoutMs).withStruct(timeoutMs).sync();
  } catch (error) {
    late.push(performance.now() - startedMs - timeoutMs);
    const code = error instanceof RpcError ? error.code : String(error);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
}

async function round(): Promise<number> {
  late.length = 0;
  codes.clear();
  const before = heapBytes();
  const all = Array.from({ length: calls }, (_, n) => one(FIRST_MS + (n % 100) * (SPREAD_MS / 100)));
  // Until the broker has confirmed them all.
  await sleep(3_000);
  const bytes = heapBytes() - before;
  await Promise.all(all);
  return bytes / calls;
}

// The first round fills what is kept for good.
await round();
const bytes = await round();
const errors = late.map((ms) => Math.abs(ms - VERDICT_MS));
console.log(`${broker.product} ${broker.version}, Node ${process.version}: ${calls} calls pending\n`);
console.log(
  "| heap a call | ended | off their time (p50) | p99 | at most |\n| --- | --- | --- | --- | --- |",
);
const ended = [...codes].map(([code, count]) => `${count} ${code}`).join(", ");
console.log(
  `| ${Math.round(bytes)} B | ${ended} | ${quantile(errors, 0.5).toFixed(1)} ms | ${quantile(errors, 0.99).toFixed(1)} ms | ${Math.max(...errors).toFixed(1)} ms |`,
);
await client.close();
