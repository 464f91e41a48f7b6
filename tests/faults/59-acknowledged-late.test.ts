import type { Broker } from "@porthos-rpc/brokers";
import { afterAll, expect } from "vitest";
import { Arrivals } from "../arrivals.js";
import { Latch } from "../latch.js";
import { text } from "../seed-peer/field-table.js";
import { brokerOf, declareQueue } from "./broker-hand.js";
import type { Carrier } from "./carriers.js";
import { fault } from "./fault.js";
import { eventually } from "./network.js";
import type { WatchedStage } from "./watch/watched-stage.js";

const LIMIT_MS = 1_000;
/** How often RabbitMQ before 4.3 looks at its channels; later ones do it when the time has come. */
const LOOKS_EVERY_MS = 500;
const DEFAULT_LIMIT_MS = 1_800_000;
const DEFAULT_LOOKS_EVERY_MS = 60_000;

/** Channels take the limit that holds when they are opened. */
async function setLimit(broker: Broker, limitMs: number, looksEveryMs: number): Promise<void> {
  const set = (name: string, value: number): string => `application:set_env(rabbit, ${name}, ${value})`;
  const expression = `${set("consumer_timeout", limitMs)}, ${set("channel_tick_interval", looksEveryMs)}.`;
  await broker.ctl("eval", expression);
}

const impatient = new Set<Broker>();
afterAll(async () => {
  for (const broker of impatient) await setLimit(broker, DEFAULT_LIMIT_MS, DEFAULT_LOOKS_EVERY_MS);
});

/** What the promise says, on the queue that is there. */
async function outlast(stage: WatchedStage): Promise<void> {
  const broker = brokerOf(stage.row);
  impatient.add(broker);
  await setLimit(broker, LIMIT_MS, LOOKS_EVERY_MS);
  const transport = await stage.transport(stage.row, { queueMode: "passive" });
  const reasons: string[] = [];
  const stop = [
    transport.on("degraded", ({ reason }) => reasons.push(reason.message)),
    transport.on("down", ({ reason }) => reasons.push(`down: ${reason.message}`)),
  ];
  const latch = new Latch();
  let runs = 0;
  const server = await stage.server(
    {
      slow: async () => {
        const run = ++runs;
        await latch.pass();
        return `run ${run}`;
      },
      echo: (request) => request.args()[0],
    },
    { transport },
  );
  const comesAgain = new Arrivals<true>("the request once more");
  server.on("duplicate", () => comesAgain.add(true));
  const client = await stage.client();
  const call = client.call("slow").withTimeout(40_000).sync();
  // Twice: what has come again is held for too long, too.
  await comesAgain.take(2, 20_000);
  const echo = async (): Promise<unknown> =>
    (await client.call("echo").withArgs("x").withTimeout(1_000).sync()).json();
  await eventually(echo, "x");
  latch.open();
  expect((await call).json()).toBe("run 1");
  await eventually(echo, "x");
  for (const each of stop) each();
  expect(runs).toBe(1);
  for (const reason of reasons) expect(reason).toMatch(/^(?!down).*consumer_timeout/);
}

const PROMISE =
  "it comes again, waits for the run that goes on, and is answered once; others are served meanwhile";

/** 4.3 has given it up for these. */
const CLASSIC: readonly Carrier[] = ["amqp091 on rabbitmq-3.10", "amqp10 on rabbitmq-3.10"];

fault(
  59,
  `of a classic queue, ${PROMISE}`,
  async (stage) => {
    await declareQueue(stage.row, stage.service, { durable: true });
    await outlast(stage);
  },
  { on: CLASSIC },
);

fault(59, `of a quorum queue, ${PROMISE}`, async (stage) => {
  await declareQueue(stage.row, stage.service, { durable: true, args: [text("x-queue-type", "quorum")] });
  await outlast(stage);
});
