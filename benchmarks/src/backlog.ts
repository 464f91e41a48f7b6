import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startBroker } from "@porthos-rpc/brokers";
import { connect } from "@porthos-rpc/connect";
import { encodeRequest, methodHeaders, sendOutcome, type Transport } from "@porthos-rpc/protocol";
import { createServer } from "@porthos-rpc/server";
import { OwnProcess } from "./own-process.js";

/*
 * What a server needs that finds 100,000 requests in its queue, and takes its time with them: `pnpm --filter benchmarks backlog` [REQUESTS]. Memory is the
 * resident set of the server's process: when it has run a hundredth of them, on its way, and when it has run all.
 */

/** As long as a turn of the event loop: the server is slow by what it waits for, and not by what it computes. */
const WORK_MS = 5;
const BODY = new Uint8Array(1_024);
/** Sends that are not confirmed yet. */
const WINDOW = 1_000;

async function serve([url = "", service = ""]: readonly string[]): Promise<void> {
  let runs = 0;
  const server = createServer({ transport: await connect(url), service, maxInFlight: 100 });
  server.register("work", async () => {
    await sleep(WORK_MS);
    runs++;
  });
  process.on("message", (message) => {
    if (message === "end") void server.shutdown().then(() => process.disconnect());
    else if (message === "listen") void server.listen().then(() => process.send?.(0));
    else process.send?.(runs);
  });
  process.send?.("ready");
}

async function fill(transport: Transport, service: string, count: number): Promise<void> {
  const request = { method: "work", contentType: "application/octet-stream", body: BODY, headers: undefined };
  const headers = methodHeaders("work");
  let made = 0;
  const sender = async (): Promise<void> => {
    while (made++ < count) {
      const message = { ...encodeRequest(request, headers, undefined), durable: false };
      const { kind } = await sendOutcome(transport, service, message);
      if (kind !== "accepted") throw new Error(`a request was not taken, but ${kind}`);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, sender));
}

/** Megabytes that a process has in memory. */
function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
}

async function measure(url: string, count: number): Promise<string> {
  const service = `backlog-${process.pid}-${new URL(url).protocol.slice(0, -1)}`;
  const transport = await connect(url);
  const lease = transport.acquire();
  await using server = await OwnProcess.start(import.meta.url, ["serve", url, service]);
  // Declares the queue.
  const declaring = createServer({ transport, service });
  await declaring.listen();
  await declaring.shutdown();
  await fill(transport, service, count);
  await server.ask("listen");
  const startedMs = performance.now();
  const samples: number[] = [];
  for (let runs = 0; runs < count; await sleep(100)) {
    runs = (await server.ask("runs")) as number;
    if (runs >= count / 100) samples.push(residentMb(server.pid));
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  await lease.release();
  const mb = (value: number | undefined): string => `${(value ?? 0).toFixed(0)} MB`;
  return `${mb(samples[0])} | ${mb(Math.max(...samples))} | ${mb(samples.at(-1))} | ${Math.round(count / seconds)}`;
}

async function run(count: number): Promise<void> {
  await using broker = await startBroker("rabbitmq-4.3");
  console.log(
    `${broker.product} ${broker.version}, Node ${process.version}: ${count} requests of ${BODY.length} B in the queue\n`,
  );
  console.log(
    "| server's memory over | at 1 % | at most | at the end | requests/s |\n| --- | --- | --- | --- | --- |",
  );
  for (const protocol of ["amqp091", "amqp10"] as const) {
    console.log(`| ${protocol} | ${await measure(broker.url(protocol), count)} |`);
  }
}

const [first, ...more] = process.argv.slice(2);
if (first === "serve") await serve(more);
else await run(Number(first ?? 100_000));
