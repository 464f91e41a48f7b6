import { startBroker } from "@porthos-rpc/brokers";
import { createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { createServer } from "@porthos-rpc/server";

/*
 * How long it takes until handlers are told that their callers gave up: `pnpm bench:cancel`. 1,000 calls run at a time, and all are
 * cancelled in one turn; the figures are milliseconds from there to the abort of each handler's signal. Both ends are one process.
 */

const CALLS = 1_000;

async function measure(url: string): Promise<readonly number[]> {
  const [serving, calling] = [await connect(url), await connect(url)];
  const service = `bench-${process.pid}`;
  const server = createServer({ transport: serving, service, maxInFlight: CALLS });
  const told: number[] = [];
  let running = 0;
  let wake = (): void => {};
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise<void>((resolve) => (wake = resolve));
  };
  server.register("wait", ({ signal }) => {
    running++;
    wake();
    return new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        told.push(performance.now());
        wake();
        resolve();
      });
    });
  });
  await server.listen();
  const client = createClient({ transport: calling, service, timeoutMs: 60_000 });
  const slots = await Promise.all(Array.from({ length: CALLS }, () => client.call("wait").async()));
  await until(() => running === CALLS);
  const cancelledMs = performance.now();
  for (const slot of slots) slot.cancel();
  await until(() => told.length === CALLS);
  await client.close();
  await server.shutdown();
  await Promise.all([calling.close(), serving.close()]);
  return told.map((atMs) => atMs - cancelledMs);
}

await using broker = await startBroker("rabbitmq-4.3");
console.log(
  `${broker.product} ${broker.version}, Node ${process.version}, ${CALLS} calls cancelled at once\n`,
);
console.log("| | first told after, ms | half of them | all |\n| --- | --- | --- | --- |");
for (const url of ["memory:bench-cancel", broker.url("amqp091"), broker.url("amqp10")]) {
  await measure(url);
  const told = [...(await measure(url))].sort((a, b) => a - b);
  const [first, half, all] = [told[0], told[CALLS / 2], told.at(-1)];
  const figures = [first, half, all].map((ms) => (ms ?? Number.NaN).toFixed(1));
  console.log(`| ${new URL(url).protocol} | ${figures.join(" | ")} |`);
}
