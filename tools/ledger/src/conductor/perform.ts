import { setTimeout as sleep } from "node:timers/promises";
import type { Broker, Impairment, Way } from "@porthos-rpc/brokers";
import type { Ledger } from "../ledger.js";
import { type Fault, type FaultKind, nameOf, type Target } from "../schedule.js";
import { deleteQueue } from "./broker-admin.js";
import type { Company } from "./company.js";

export type Scene = {
  readonly broker: Broker;
  readonly company: Company;
  readonly ledger: Ledger;
  readonly service: string;
  readonly graceMs: number;
  /** Messages that the servers may hold unacknowledged. */
  readonly unacknowledged: number;
  /** What something is being done to. */
  readonly busy: Set<string>;
};

type Performer = (scene: Scene, fault: Fault) => Promise<void>;
type Someone = Exclude<Target, { role: "broker" }>;

/** More than a server's grace: what it takes to close its connections, and to be told on a busy machine. */
const EXTRA_MS = 15_000;

/** Does what a fault says, and undoes it; resolves when it is over. What cannot be done now is skipped, which is written down. */
export async function perform(scene: Scene, fault: Fault): Promise<void> {
  const { ledger, busy } = scene;
  const target = nameOf(fault.target);
  const { number, kind } = fault;
  if (busy.has(target)) {
    ledger.write({ event: "fault", number, kind, target, phase: "skipped", text: "another is under way" });
    return;
  }
  busy.add(target);
  ledger.write({ event: "fault", number, kind, target, phase: "begins" });
  try {
    await PERFORMERS[kind](scene, fault);
    ledger.write({ event: "fault", number, kind, target, phase: "ends" });
  } catch (error) {
    ledger.write({ event: "fault", number, kind, target, phase: "ends", text: String(error) });
  } finally {
    busy.delete(target);
  }
}

const PERFORMERS: Readonly<Record<FaultKind, Performer>> = {
  "broker-kill": async ({ broker }, { forMs }) => {
    await broker.kill();
    await sleep(forMs);
    await broker.start();
  },
  "broker-restart": ({ broker }) => broker.restart(),
  "broker-cut": ({ broker }) => broker.cut(),
  "line-reset": async ({ company }, { target }) => company.line(target as Someone).cut(),
  "line-refuse": async ({ company }, { target, forMs }) => {
    const line = company.line(target as Someone);
    await line.refuse();
    await sleep(forMs);
    await line.accept();
  },
  "line-break": (scene, fault) => {
    // Somewhere in the first few frames of each connection, in either way.
    const resetAfterBytes = 1 + ((fault.number * 7_919) % 3_000);
    return impair(scene, fault, { resetAfterBytes }, fault.number % 2 === 0 ? "toBroker" : "toClient");
  },
  "line-slow": (scene, fault) => impair(scene, fault, { latencyMs: 300, jitterMs: 200 }),
  blackhole: (scene, fault) => freeze(scene, fault),
  "blackhole-up": (scene, fault) => freeze(scene, fault, "toBroker"),
  "blackhole-down": (scene, fault) => freeze(scene, fault, "toClient"),
  "channel-kill": async ({ broker }, { number }) => {
    await broker.ctl(
      "eval",
      `L = rabbit_channel:list(), exit(lists:nth((${number} rem length(L)) + 1, L), kill).`,
    );
  },
  "queue-delete": async ({ broker, service, ledger, unacknowledged }) => {
    const ready = await deleteQueue(broker, service);
    ledger.write({ event: "queueDeleted", held: ready + unacknowledged });
  },
  alarm: async ({ broker }, { forMs }) => {
    await broker.ctl("set_vm_memory_high_watermark", "0");
    await sleep(forMs);
    await broker.ctl("set_vm_memory_high_watermark", "0.4");
  },
  "server-kill": async ({ company }, { target, forMs }) => {
    const { index } = target as Someone;
    const server = company.actor({ role: "server", index });
    server.signal("SIGKILL");
    await server.exited;
    await sleep(forMs);
    await company.revive(index);
  },
  "server-term": terminate,
  pause: async ({ company }, { target, forMs }) => {
    const actor = company.actor(target as Someone);
    actor.signal("SIGSTOP");
    await sleep(forMs);
    actor.signal("SIGCONT");
  },
};

async function impair(
  { company }: Scene,
  { target, forMs }: Fault,
  impairment: Impairment,
  way?: Way,
): Promise<void> {
  const line = company.line(target as Someone);
  line.impair(impairment, way);
  await sleep(forMs);
  line.impair({});
}

async function freeze({ company }: Scene, { target, forMs }: Fault, way?: Way): Promise<void> {
  const line = company.line(target as Someone);
  line.freeze(way);
  await sleep(forMs);
  line.thaw();
}

async function terminate({ company, graceMs }: Scene, { target }: Fault): Promise<void> {
  const { index } = target as Someone;
  const server = company.actor({ role: "server", index });
  server.signal("SIGTERM");
  const impatience = setTimeout(() => server.signal("SIGKILL"), graceMs + EXTRA_MS);
  await server.exited;
  clearTimeout(impatience);
  await company.revive(index);
}
