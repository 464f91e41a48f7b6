import { Line } from "@porthos-rpc/brokers";
import { expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { text } from "../seed-peer/field-table.js";
import { RawConnection } from "../seed-peer/raw-connection.js";
import { ALL_CARRIERS, type Carrier } from "./carriers.js";
import { fault } from "./fault.js";
import type { WatchedStage } from "./watch/watched-stage.js";

/** Of one request before a server answers it instead of running it. */
const MAX_RUNS = 20;

/** A server that is gone, as far as its broker can see, as soon as it runs `m`. @returns how its process ends */
async function mortalServer(
  stage: WatchedStage,
  poisoned: Arrivals<number>,
): Promise<{ death: Promise<void> }> {
  const line = await Line.open(stage.row.url);
  stage.after(() => line.close());
  const transport = await stage.transport({ url: line.url }, { queueMode: "passive" });
  let die = (): void => {};
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  const server = await stage.server({ m: () => new Promise(() => die()), fine: () => "fine" }, { transport });
  server.on("poisoned", ({ deliveries }) => {
    poisoned.add(deliveries);
    die();
  });
  return {
    death: death.then(async () => {
      if (poisoned.count === 0) await line.refuse();
      await Promise.all([server.close(), transport.close()]);
    }),
  };
}

fault(55, "it ends with Timeout at its caller's deadline, and what comes then is served", async (stage) => {
  const first = await stage.server({ fine: () => "fine" });
  const client = await stage.client();
  await client.call("fine").sync();
  await first.shutdown();
  const poison = client.call("m").withTimeout(6_000).sync();
  const ended = expect(poison).rejects.toMatchObject({ code: "Timeout", executed: "maybe" });
  const poisoned = new Arrivals<number>("a poisoned request");
  for (let count = 0; count < 3; count++) await (await mortalServer(stage, poisoned)).death;
  await ended;
  await stage.server({ fine: () => "fine" });
  expect((await client.call("fine").sync()).json()).toBe("fine");
});

const NOT_COUNTING: readonly Carrier[] = [
  "memory",
  "amqp091 on qpid",
  "amqp10 on rabbitmq-3.10",
  "amqp10 on artemis",
];

/** Those that count, the queue being one that does. */
const COUNTING: readonly Carrier[] = ALL_CARRIERS.filter((carrier) => !NOT_COUNTING.includes(carrier));

async function declareCountingQueue(stage: WatchedStage): Promise<void> {
  const rabbit = stage.row.url.replace(/^amqp10:/, "amqp:");
  await using connection = await RawConnection.open(rabbit);
  const channel = await connection.channel();
  await channel.declare(stage.service, { durable: true, args: [text("x-queue-type", "quorum")] });
}

fault(
  55,
  "where deliveries are counted no more than 20 servers run it; then it is answered, or the broker drops it",
  async (stage, { task }) => {
    if (task.name.includes("rabbitmq")) await declareCountingQueue(stage);
    else await (await stage.server({})).shutdown();
    const client = await stage.client();
    const poison = client.call("m").withTimeout(20_000).sync();
    let isOver = false;
    const end = poison
      .then(
        ({ statusCode }) => statusCode,
        (error: { code: string }) => error.code,
      )
      .finally(() => {
        isOver = true;
      });
    const poisoned = new Arrivals<number>("a poisoned request");
    let runs = 0;
    while (!isOver && runs <= MAX_RUNS + 2) {
      const { death } = await mortalServer(stage, poisoned);
      await Promise.race([death, end]);
      if (!isOver) runs++;
    }
    // A broker may count from the second time.
    expect(runs).toBeLessThanOrEqual(MAX_RUNS + 2);
    expect([500, "Timeout"]).toContain(await end);
  },
  { on: COUNTING, timeoutMs: 60_000 },
);
