import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BROKER_NAMES, type Broker, type BrokerName, type Protocol, startBroker } from "@porthos-rpc/brokers";
import { defineCommand, runMain } from "citty";
import { run } from "./conductor/run.js";
import { readBooks } from "./judge/book.js";
import type { Figures } from "./judge/figures.js";
import { judge } from "./judge/judge.js";
import { report, row, TABLE_HEAD } from "./judge/report.js";
import { print, schedule } from "./schedule.js";

const HEARTBEAT_MS = 1_000;
const GRACE_MS = 10_000;
const LONG_DEADLINE_MS = 30_000;

const args = {
  broker: { type: "string", description: `one of ${BROKER_NAMES.join(", ")}`, default: "rabbitmq-4.3" },
  protocol: { type: "string", description: "amqp091 or amqp10; all that the broker speaks without" },
  seed: { type: "string", description: "of the faults and calls", default: "1" },
  seeds: { type: "string", description: "so many runs, each with the next seed", default: "1" },
  minutes: { type: "string", description: "how long each run is under load" },
  seconds: { type: "string", description: "the same", default: "60" },
  clients: { type: "string", description: "client processes", default: "8" },
  servers: { type: "string", description: "server processes", default: "3" },
  rate: { type: "string", description: "calls a second, of all clients", default: "330" },
  keep: { type: "string", description: "a folder for the ledgers, which else are deleted" },
} as const;

type Options = { readonly [K in keyof typeof args]?: string };

await runMain(
  defineCommand({
    meta: { name: "ledger", description: "Calls under faults, written down and judged" },
    args,
    run: async ({ args: given }) => {
      process.exitCode = (await runAll(given as Options)) ? 0 : 1;
    },
  }),
);

/** @returns whether all of the runs were lawful */
async function runAll(options: Options): Promise<boolean> {
  const broker = await startBroker(options.broker as BrokerName, { name: "ledger" });
  // Whoever stops this must not leave a broker or stopped processes behind.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
  const rows: { readonly figures: Figures; readonly violations: number }[] = [];
  try {
    for (const protocol of protocolsOf(broker, options)) {
      for (let index = 0; index < Number(options.seeds); index++) {
        rows.push(await runOne(broker, protocol, Number(options.seed) + index, options));
      }
    }
  } finally {
    await broker.remove();
  }
  console.log(`\n${TABLE_HEAD}`);
  for (const { figures, violations } of rows) console.log(row(figures, violations));
  return rows.every(({ violations }) => violations === 0);
}

function protocolsOf(broker: Broker, { protocol }: Options): Protocol[] {
  const spoken = Object.keys(broker.urls) as Protocol[];
  return protocol === undefined ? spoken : spoken.filter((one) => one === protocol);
}

async function runOne(broker: Broker, protocol: Protocol, seed: number, options: Options) {
  const folder = folderFor(options.keep, `${broker.name}-${protocol}-${seed}`);
  const [clients, servers] = [Number(options.clients), Number(options.servers)];
  const durationMs =
    options.minutes === undefined ? Number(options.seconds) * 1_000 : Number(options.minutes) * 60_000;
  const { family } = broker;
  const faults = schedule(seed, durationMs, {
    family,
    protocol,
    clients,
    servers,
    heartbeatMs: HEARTBEAT_MS,
  });
  console.log(
    `\n${broker.name} (${broker.version}), ${protocol}, seed ${seed}, ${durationMs / 1_000} s; ledger in ${folder}`,
  );
  console.log(print(faults));
  await run({
    broker,
    protocol,
    folder,
    seed,
    durationMs,
    clients,
    servers,
    rate: Number(options.rate),
    heartbeatMs: HEARTBEAT_MS,
    graceMs: GRACE_MS,
    longDeadlineMs: LONG_DEADLINE_MS,
    faults,
    say: (text) => console.error(text),
  });
  const verdict = judge(readBooks(folder));
  console.log(report(verdict));
  if (options.keep === undefined) rmSync(folder, { recursive: true });
  return { figures: verdict.figures, violations: verdict.violations.length };
}

function folderFor(keep: string | undefined, name: string): string {
  if (keep === undefined) return mkdtempSync(join(tmpdir(), "porthos-ledger-"));
  const folder = join(keep, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
