import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startBroker } from "@porthos-rpc/brokers";
import { createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { createServer } from "@porthos-rpc/server";
import { OwnProcess } from "./own-process.js";

/*
 * Whether anything is left behind by calls that go on and on: `pnpm --filter benchmarks soak --minutes 60 --rate 500 [--protocol amqp10]`. Calls, one-way
 * calls, calls that are cancelled, and streams, in turn. The memory of client and server is measured after a full collection, every ten seconds: the heap,
 * and all that is resident, in which a leak outside of the heap shows. What counts is the line through the last three quarters: a leak has a slope.
 */

const SAMPLE_MS = 10_000;
const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    rate: { type: "string", default: "500" },
    protocol: { type: "string", default: "amqp091" },
    serve: { type: "string" },
    service: { type: "string", default: `soak-${process.pid}` },
  },
});
const { service } = options;

/** In megabytes. */
interface Memory {
  readonly heap: number;
  readonly resident: number;
}

function memory(): Memory {
  for (let times = 0; times < 3; times++) globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / 1_048_576, resident: rss / 1_048_576 };
}

async function serve(url: string): Promise<void> {
  const server = createServer({ transport: await connect(url), service });
  server.register("echo", (request) => request.json());
  server.register("slow", (request) => sleep(1_000, undefined, { signal: request.signal }).catch(() => {}));
  server.registerStream("count", function* () {
    for (let n = 0; n < 20; n++) yield n;
  });
  await server.listen();
  process.on("message", (message) => {
    if (message === "end") void server.shutdown().then(() => process.disconnect());
    else process.send?.(memory());
  });
  process.send?.("ready");
}

type Client = ReturnType<typeof createClient>;

const KINDS: readonly ((client: Client) => Promise<unknown>)[] = [
  (client) => client.call("echo").withMap({ value: 20 }).sync(),
  (client) => client.call("echo").withArgs(1, "two").sync(),
  (client) => client.call("echo").withMap({ value: 20 }).void(),
  async (client) => {
    const slot = await client.call("slow").async();
    await sleep(5);
    slot.cancel();
    await slot.response.catch(() => {});
  },
  async (client) => {
    for await (const n of client.call("count").stream<number>()) if (n === 10) break;
  },
];

async function callOn(client: Client, perSecond: number, untilMs: number): Promise<number> {
  const startedMs = performance.now();
  let made = 0;
  let failed = 0;
  for (; performance.now() < untilMs; await sleep(5)) {
    const due = ((performance.now() - startedMs) / 1_000) * perSecond;
    for (; made < due; made++) void KINDS[made % KINDS.length]?.(client).catch(() => failed++);
  }
  if (failed > 0) console.log(`${failed} of ${made} calls failed`);
  return made;
}

/** Megabytes in ten minutes: of the line with the least squares. */
function slopeOf(samples: readonly number[]): number {
  const kept = samples.slice(Math.floor(samples.length / 4));
  const middle = (kept.length - 1) / 2;
  const mean = kept.reduce((sum, mb) => sum + mb, 0) / kept.length;
  const up = kept.reduce((sum, mb, n) => sum + (n - middle) * (mb - mean), 0);
  const over = kept.reduce((sum, _, n) => sum + (n - middle) ** 2, 0);
  return ((up / over) * 600_000) / SAMPLE_MS;
}

async function soak(minutes: number, rate: number): Promise<void> {
  await using broker = await startBroker("rabbitmq-4.3");
  const url = broker.url(options.protocol === "amqp10" ? "amqp10" : "amqp091");
  await using server = await OwnProcess.start(import.meta.url, ["--serve", url, "--service", service]);
  const client = createClient({ transport: await connect(url), service, timeoutMs: 10_000 });
  const untilMs = performance.now() + minutes * 60_000;
  const calling = callOn(client, rate, untilMs);
  const ofClient: Memory[] = [];
  const ofServer: Memory[] = [];
  while (performance.now() < untilMs) {
    await sleep(SAMPLE_MS);
    ofClient.push(memory());
    ofServer.push((await server.ask("memory")) as Memory);
  }
  const made = await calling;
  console.log(
    `${broker.product} ${broker.version}, ${options.protocol}, Node ${process.version}: ${made} calls in ${minutes} min\n`,
  );
  console.log("| memory | at first | at the end | MB in 10 min |\n| --- | --- | --- | --- |");
  for (const [name, samples] of [
    ["client", ofClient],
    ["server", ofServer],
  ] as const) {
    for (const kind of ["heap", "resident"] as const) {
      const mbs = samples.map((sample) => sample[kind]);
      console.log(
        `| ${name}, ${kind} | ${mbs[0]?.toFixed(1)} MB | ${mbs.at(-1)?.toFixed(1)} MB | ${slopeOf(mbs).toFixed(2)} |`,
      );
    }
  }
  await client.close();
}

if (options.serve === undefined) await soak(Number(options.minutes), Number(options.rate));
else await serve(options.serve);
