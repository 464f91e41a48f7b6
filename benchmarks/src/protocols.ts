import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startBroker } from "@porthos-rpc/brokers";
import { createClient } from "@porthos-rpc/client";
import { connect } from "@porthos-rpc/connect";
import { createServer } from "@porthos-rpc/server";
import { quantile } from "./quantile.js";

/*
 * What a sequential call takes over AMQP 1.0 beside AMQP 0-9-1, on the same broker: `pnpm bench:protocols` [ROUNDS]. The
 * protocols take turns of CALLS calls, first the one and then the other, and each has a server process of its own. The
 * ratio is that of the medians of a round; the figure is the median over the rounds. Run it on a machine that does nothing else.
 */

const CALLS = 500;
const WARM_UP = 1_000;

const [first, url = "", service = ""] = process.argv.slice(2);
if (first === "serve") await serve(url, service);
else await compare(Number(first ?? 10));

async function serve(url: string, service: string): Promise<void> {
  const server = createServer({ transport: await connect(url), service });
  server.register("addOne", (request) => request.json<number>() + 1);
  await server.listen();
  process.send?.("ready");
  process.once("message", () => server.shutdown().then(() => process.disconnect()));
}

async function compare(rounds: number): Promise<void> {
  await using broker = await startBroker("rabbitmq-4.3");
  const ends = await Promise.all([open(broker.url("amqp091")), open(broker.url("amqp10"))]);
  for (const end of ends) await end.run(WARM_UP);
  const runs: [number[], number[]][] = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    const times: [number[], number[]] = [[], []];
    for (const which of order) times[which as 0 | 1] = (await ends[which]?.run(CALLS)) ?? [];
    runs.push(times);
  }
  for (const end of ends) await end.close();
  console.log(
    `${broker.product} ${broker.version}, Node ${process.version}, ${rounds} rounds of ${CALLS} calls each\n`,
  );
  console.log("| sequential addOne | p50 ms | p99 ms |\n| --- | --- | --- |");
  for (const [which, name] of ["AMQP 0-9-1", "AMQP 1.0"].entries()) {
    const all = runs.flatMap((times) => times[which as 0 | 1]);
    console.log(`| ${name} | ${quantile(all, 0.5).toFixed(2)} | ${quantile(all, 0.99).toFixed(2)} |`);
  }
  const ratios = runs.map(([old, next]) => quantile(next, 0.5) / quantile(old, 0.5));
  console.log(
    `\nAMQP 1.0 takes ${quantile(ratios, 0.5).toFixed(2)} times as long (${ratios.map((r) => r.toFixed(2)).join(", ")})`,
  );
}

interface End {
  /** Makes calls, one after the other. Resolves with the milliseconds of each. */
  run(calls: number): Promise<number[]>;
  close(): Promise<void>;
}

async function open(url: string): Promise<End> {
  const service = `bench-${process.pid}-${new URL(url).protocol.slice(0, -1)}`;
  const child = fork(fileURLToPath(import.meta.url), ["serve", url, service]);
  await once(child, "message");
  const client = createClient({ transport: await connect(url), service, timeoutMs: 10_000 });
  return {
    run: async (calls) => {
      const times: number[] = [];
      for (let value = 0; value < calls; value++) {
        const startedMs = performance.now();
        const answer = (await client.call("addOne").withStruct(value).sync()).json<number>();
        times.push(performance.now() - startedMs);
        if (answer !== value + 1) throw new Error(`addOne(${value}) answered ${answer}`);
      }
      return times;
    },
    close: async () => {
      await client.close();
      const exited = once(child, "exit");
      child.send("end");
      await exited;
    },
  };
}
