import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Broker, Protocol } from "@porthos-rpc/brokers";
import { Ledger } from "../ledger.js";
import { type Fault, print } from "../schedule.js";
import type { Actor } from "./actor.js";
import { deleteQueue, drainQueue, queuesLeft } from "./broker-admin.js";
import { bundle } from "./bundle.js";
import { Company, type CompanyOptions } from "./company.js";
import { perform, type Scene } from "./perform.js";
import { quiet } from "./quiet.js";

export type RunOptions = {
  readonly broker: Broker;
  readonly protocol: Protocol;
  /** Where the ledger is written: a folder of its own. */
  readonly folder: string;
  readonly seed: number;
  readonly durationMs: number;
  readonly clients: number;
  readonly servers: number;
  /** Calls a second, of all clients. */
  readonly rate: number;
  readonly heartbeatMs: number;
  readonly graceMs: number;
  readonly longDeadlineMs: number;
  readonly faults: readonly Fault[];
  /** Whether the faults are rolling restarts and nothing else. */
  readonly isDrain: boolean;
  readonly say: (text: string) => void;
};

/** Requests that each server has unacknowledged at most. */
const MAX_IN_FLIGHT = 50;
/** What a program has to end in after all of its calls have. */
const CLOSING_MS = 20_000;

/** One run: load, faults, rest. Leaves the ledger, which a judge can read. */
export async function run(options: RunOptions): Promise<void> {
  const { broker, protocol, folder, seed, heartbeatMs, graceMs, faults, isDrain } = options;
  const ledger = new Ledger(folder, "conductor", 0, 0);
  const about = { broker: broker.name, protocol, seed, heartbeatMs, graceMs, isDrain };
  const dropsUnroutable = broker.name === "rabbitmq-3.10" && protocol === "amqp10";
  ledger.write({ event: "run", ...about, plan: print(faults), remembersCalls: false, dropsUnroutable });
  const service = `ledger-${protocol}-${seed}`;
  const programs = await bundle(folder);
  const company = await Company.start({ ...castOf(options, service), programs }, ledger);
  try {
    const unacknowledged = options.servers * MAX_IN_FLIGHT;
    const scene: Scene = { broker, company, ledger, service, graceMs, unacknowledged, busy: new Set() };
    for (const client of company.clients) client.tell("go");
    await play(scene, options);
    ledger.write({ event: "loadEnds" });
    await rest(scene, options);
  } finally {
    await company.dispose();
    rmSync(programs, { recursive: true });
    ledger.close();
  }
}

function castOf(options: RunOptions, service: string): Omit<CompanyOptions, "programs"> {
  const { broker, protocol, folder, seed, clients, servers, rate } = options;
  const { heartbeatMs, graceMs, longDeadlineMs } = options;
  const who = { broker, protocol, folder, seed, clients, servers, rate, service };
  return { ...who, heartbeatMs, graceMs, longDeadlineMs, maxInFlight: MAX_IN_FLIGHT };
}

/** Lets the calls under way come to their ends, has everybody leave, and looks for what is left. */
async function rest({ broker, company, ledger, service }: Scene, options: RunOptions): Promise<void> {
  const { longDeadlineMs, graceMs, folder, protocol, say } = options;
  say("the load has ended; waiting for the calls under way");
  await end(company.clients, "close", longDeadlineMs + CLOSING_MS);
  await quiet(folder);
  await end(company.servers, "SIGTERM", graceMs + CLOSING_MS);
  const messages = await drainQueue(broker, protocol, service);
  ledger.write({ event: "left", messages, queues: await queuesLeft(broker, service) });
  await deleteQueue(broker, service);
}

/** Resolves when the time is over and all faults are undone. A rolling restart goes on when the server before serves again. */
async function play(scene: Scene, { faults, durationMs, isDrain, say }: RunOptions): Promise<void> {
  const beganMs = performance.now();
  const until = (atMs: number): Promise<void> =>
    sleep(Math.max(0, beganMs + atMs - performance.now())) as Promise<void>;
  const performed: Promise<void>[] = [];
  for (const fault of faults) {
    await until(fault.atMs);
    say(`${(fault.atMs / 1_000).toFixed(1)} s: ${fault.kind}`);
    const performing = perform(scene, fault);
    performed.push(performing);
    if (isDrain) await performing;
  }
  await until(durationMs);
  await Promise.all(performed);
}

/** Has processes end, and ends those that do not. */
async function end(actors: readonly Actor[], how: "close" | "SIGTERM", withinMs: number): Promise<void> {
  for (const actor of actors) {
    if (how === "close") actor.tell(how);
    else actor.signal(how);
  }
  const impatience = setTimeout(() => {
    for (const actor of actors) actor.signal("SIGKILL");
  }, withinMs);
  await Promise.all(actors.map(({ exited }) => exited));
  clearTimeout(impatience);
}
