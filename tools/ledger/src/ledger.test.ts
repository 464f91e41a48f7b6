import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Broker, BrokerName, Protocol } from "@porthos-rpc/brokers";
import { ownBroker } from "@porthos-rpc/brokers/vitest";
import { describe, expect, test } from "vitest";
import { run } from "./conductor/run.js";
import { readBooks } from "./judge/book.js";
import { judge } from "./judge/judge.js";
import { report } from "./judge/report.js";
import { drain, type Fault, schedule } from "./schedule.js";

/*
 * Short runs, another seed each time: what one of a thousand faults uncovers is found some day. PORTHOS_LEDGER_SEED repeats one. The long
 * runs are commands (README.md).
 */
const SEED = Number(process.env["PORTHOS_LEDGER_SEED"] ?? Math.floor(Math.random() * 1_000_000));
const UNDER_LOAD_MS = 20_000;
const RESTARTS = 10;
const CAST = { clients: 2, servers: 2, rate: 60, heartbeatMs: 1_000, graceMs: 5_000, longDeadlineMs: 10_000 };
/** With the start of all processes, and the brokers' restarts. */
const TEST_MS = 180_000;

/** @throws {Error} that says what was broken, how to repeat it, and where the ledger is */
async function expectLawful(
  broker: Broker,
  protocol: Protocol,
  faults: readonly Fault[],
  how: { readonly durationMs: number; readonly isDrain: boolean; readonly servers?: number },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "porthos-ledger-"));
  await run({ ...CAST, ...how, broker, protocol, folder, seed: SEED, faults, say: () => {} });
  const verdict = judge(readBooks(folder));
  const text = `${report(verdict)}\n  PORTHOS_LEDGER_SEED=${SEED}; the ledger is in ${folder}`;
  console.log(text);
  expect(verdict.violations, text).toEqual([]);
  rmSync(folder, { recursive: true });
}

/** One of each protocol; the broker of the second takes turns. */
const CARRIERS: readonly (readonly [BrokerName, Protocol])[] = [
  ["rabbitmq-4.3", "amqp091"],
  [SEED % 2 === 0 ? "artemis" : "qpid", "amqp10"],
];
const stages = await Promise.all(
  CARRIERS.map(async ([name, protocol]) => {
    const broker = await ownBroker(name, { name: "ledger" });
    return broker === undefined ? [] : [{ broker, protocol }];
  }),
).then((each) => each.flat());

// They mostly wait: all at the same time.
describe.concurrent(`nothing is lost under faults, seed ${SEED}`, () => {
  test.for(stages)("$broker.name, $protocol", { timeout: TEST_MS }, async ({ broker, protocol }) => {
    const { family } = broker;
    const faults = schedule(SEED, UNDER_LOAD_MS, { ...CAST, family, protocol });
    await expectLawful(broker, protocol, faults, { durationMs: UNDER_LOAD_MS, isDrain: false });
  });
});

describe("a rolling restart under load", () => {
  test.for(stages.slice(0, 1))(
    "fails no idempotent call, loses nothing, and each server ends within its grace",
    {
      timeout: TEST_MS,
    },
    async ({ broker, protocol }) => {
      const [intervalMs, servers] = [1_000, 3];
      const faults = drain(RESTARTS, intervalMs, servers);
      const durationMs = (RESTARTS + 1) * intervalMs;
      await expectLawful(broker, protocol, faults, { durationMs, servers, isDrain: true });
    },
  );
});
