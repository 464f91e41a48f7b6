import { once } from "node:events";
import { startBroker } from "@porthos-rpc/brokers";
import { amqp091 } from "@porthos-rpc/transport-amqp091";
import { quantile } from "./quantile.js";

/*
 * How far apart 1,000 transports come back after their broker has been restarted: `pnpm --filter benchmarks reconnects` [TRANSPORTS]. All of them lose
 * their connection in the same moment; if they came back in one, too, they would be the broker's next trouble.
 */

/** Made so many at a time. */
const BATCH = 50;

const count = Number(process.argv[2] ?? 1_000);
await using broker = await startBroker("rabbitmq-4.3");
const transports = [];
for (let made = 0; made < count; made += BATCH) {
  const batch = Array.from({ length: Math.min(BATCH, count - made) }, () =>
    amqp091({ url: broker.url("amqp091"), startTimeoutMs: 60_000, heartbeatSeconds: 60 }),
  );
  for (const transport of batch) transport.acquire();
  await Promise.all(batch.map((transport) => transport.ready()));
  transports.push(...batch);
}
const backMs: number[] = [];
const allBack = new EventTarget();
for (const transport of transports) {
  transport.on("up", () => {
    backMs.push(performance.now());
    if (backMs.length === count) allBack.dispatchEvent(new Event("done"));
  });
}
const done = once(allBack, "done");
await broker.restart();
const readyMs = performance.now();
await done;
backMs.sort((a, b) => a - b);
const first = backMs[0] as number;
const since = (share: number): string => `${((quantile(backMs, share) - readyMs) / 1_000).toFixed(2)} s`;
console.log(`${broker.product} ${broker.version}, Node ${process.version}: ${count} transports\n`);
console.log(
  "| first back, after the broker was | half | p99 | spread (first to p99) |\n| --- | --- | --- | --- |",
);
console.log(
  `| ${since(0)} | ${since(0.5)} | ${since(0.99)} | ${((quantile(backMs, 0.99) - first) / 1_000).toFixed(2)} s |`,
);
await Promise.all(transports.map((transport) => transport.close()));
