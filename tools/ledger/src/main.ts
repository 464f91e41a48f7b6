import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Broker, type Protocol, startBroker } from "@porthos-rpc/brokers";
import { defineCommand, runMain } from "citty";
import { run } from "./conductor/run.js";
import { readBooks } from "./judge/book.js";
import { judge, type Verdict } from "./judge/judge.js";
import { report, row, TABLE_HEAD } from "./judge/report.js";
import { drain, type Fault, print, schedule } from "./schedule.js";
import { ARGS, readSettings, type Settings } from "./settings.js";

const HEARTBEAT_MS = 1_000;
const GRACE_MS = 10_000;
const LONG_DEADLINE_MS = 30_000;

await runMain(
  defineCommand({
    meta: { name: "ledger", description: "Calls under faults, written down and judged" },
    args: ARGS,
    run: async ({ args }) => {
      const settings = readSettings(args);
      // Whoever stops this must leave neither a broker nor stopped processes behind.
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
      process.exitCode = (await runAll(settings)) ? 0 : 1;
    },
  }),
);

/** @returns whether all of the runs were lawful */
async function runAll(settings: Settings): Promise<boolean> {
  if (settings.judge !== undefined) return judgeKept(settings.judge).violations.length === 0;
  const broker = await startBroker(settings.broker, { name: "ledger" });
  const verdicts: Verdict[] = [];
  try {
    for (const protocol of protocolsOf(broker, settings)) {
      for (const seed of settings.seeds) verdicts.push(await runOne(broker, protocol, seed, settings));
    }
  } finally {
    await broker.remove();
  }
  console.log(`\n${TABLE_HEAD}`);
  for (const verdict of verdicts) console.log(row(verdict));
  return verdicts.every(({ violations }) => violations.length === 0);
}

/** @throws {TypeError} when it does not speak the one that was asked for */
function protocolsOf(broker: Broker, { protocol }: Settings): Protocol[] {
  const spoken = Object.keys(broker.urls) as Protocol[];
  if (protocol === undefined) return spoken;
  if (!spoken.includes(protocol))
    throw new TypeError(`--protocol: ${broker.name} does not speak ${protocol}`);
  return [protocol];
}

async function runOne(
  broker: Broker,
  protocol: Protocol,
  seed: number,
  settings: Settings,
): Promise<Verdict> {
  const { durationMs, clients, servers, rate, keep } = settings;
  const folder = folderFor(keep, `${broker.name}-${protocol}-${seed}`);
  const faults = faultsOf(broker, protocol, seed, settings);
  const what = `${broker.name} (${broker.version}), ${protocol}, seed ${seed}, ${durationMs / 1_000} s`;
  console.log(`\n${what}; ledger in ${folder}\n${print(faults)}`);
  const times = { heartbeatMs: HEARTBEAT_MS, graceMs: GRACE_MS, longDeadlineMs: LONG_DEADLINE_MS };
  const who = { broker, protocol, folder, seed, durationMs, clients, servers, rate };
  const isDrain = settings.drain !== undefined;
  await run({ ...who, ...times, faults, isDrain, say: (text) => console.error(text) });
  const verdict = judgeKept(folder);
  if (keep === undefined) rmSync(folder, { recursive: true });
  return verdict;
}

function judgeKept(folder: string): Verdict {
  const verdict = judge(readBooks(folder));
  console.log(report(verdict));
  return verdict;
}

function faultsOf({ family }: Broker, protocol: Protocol, seed: number, settings: Settings): Fault[] {
  const { drain: asked, durationMs, clients, servers } = settings;
  if (asked !== undefined) return drain(asked.restarts, asked.intervalMs, servers);
  return schedule(seed, durationMs, { family, protocol, clients, servers, heartbeatMs: HEARTBEAT_MS });
}

function folderFor(keep: string | undefined, name: string): string {
  if (keep === undefined) return mkdtempSync(join(tmpdir(), "porthos-ledger-"));
  const folder = join(keep, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
