import type { Family, Protocol } from "@porthos-rpc/brokers";
import { Random } from "./random.js";

/** What can be done to a run. */
export type FaultKind =
  | "broker-kill"
  | "broker-restart"
  | "broker-cut"
  | "line-reset"
  | "line-refuse"
  | "line-break"
  | "line-slow"
  | "blackhole"
  | "blackhole-up"
  | "blackhole-down"
  | "channel-kill"
  | "queue-delete"
  | "alarm"
  | "server-kill"
  | "server-term"
  | "pause";

export type Target =
  | { readonly role: "broker" }
  | { readonly role: "client" | "server"; readonly index: number };

/** One fault: what, when, to whom, for how long. */
export type Fault = {
  readonly number: number;
  readonly kind: FaultKind;
  readonly target: Target;
  /** After the beginning of the load. */
  readonly atMs: number;
  readonly forMs: number;
};

export type Cast = {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly clients: number;
  readonly servers: number;
  readonly heartbeatMs: number;
};

type Row = {
  readonly kind: FaultKind;
  readonly weight: number;
  readonly on: "broker" | "line" | "server" | "process";
  /** In milliseconds; with heartbeats: so many of them. */
  readonly forMs?: readonly [min: number, max: number];
  readonly heartbeats?: readonly [min: number, max: number];
  readonly only?: (cast: Cast) => boolean;
};

const isRabbit = ({ family }: Cast): boolean => family === "rabbitmq";
const hasChannels = (cast: Cast): boolean => isRabbit(cast) && cast.protocol === "amqp091";

const ROWS: readonly Row[] = [
  { kind: "broker-kill", weight: 1, on: "broker", forMs: [200, 1_500] },
  { kind: "broker-restart", weight: 1, on: "broker" },
  { kind: "broker-cut", weight: 1, on: "broker" },
  { kind: "line-reset", weight: 3, on: "line" },
  { kind: "line-refuse", weight: 2, on: "line", forMs: [500, 3_000] },
  // Reset in the middle of a frame, again and again.
  { kind: "line-break", weight: 2, on: "line", forMs: [200, 1_500] },
  { kind: "line-slow", weight: 1, on: "line", forMs: [1_000, 5_000] },
  // A line is given up after two heartbeats of silence.
  { kind: "blackhole", weight: 1, on: "line", heartbeats: [3, 6] },
  { kind: "blackhole-up", weight: 1, on: "line", heartbeats: [3, 6] },
  { kind: "blackhole-down", weight: 1, on: "line", heartbeats: [3, 6] },
  { kind: "channel-kill", weight: 1, on: "broker", only: hasChannels },
  { kind: "queue-delete", weight: 1, on: "broker" },
  { kind: "alarm", weight: 1, on: "broker", forMs: [500, 3_000], only: isRabbit },
  { kind: "server-kill", weight: 2, on: "server", forMs: [0, 1_000] },
  { kind: "server-term", weight: 2, on: "server" },
  { kind: "pause", weight: 2, on: "process", heartbeats: [0.5, 4] },
];

/** From the beginning of one fault to that of the next. */
const GAP_MS = [2_000, 5_000] as const;
/** Calls must come to rest again before the load ends. */
const QUIET_END_MS = 3_000;

/** The faults of a run. The same seed and cast give the same ones. */
export function schedule(seed: number, durationMs: number, cast: Cast): Fault[] {
  const random = new Random(seed);
  const rows = ROWS.filter(({ only }) => only?.(cast) ?? true);
  const faults: Fault[] = [];
  for (let atMs = 2_000; atMs < durationMs - QUIET_END_MS; atMs += random.whole(...GAP_MS)) {
    const row = random.pick(rows);
    const target = targetOf(row.on, cast, random);
    faults.push({
      number: faults.length + 1,
      kind: row.kind,
      target,
      atMs,
      forMs: lengthOf(row, cast, random),
    });
  }
  return faults;
}

/** A rolling restart: one server after the other is ended with SIGTERM and started again. */
export function drain(restarts: number, intervalMs: number, servers: number): Fault[] {
  return Array.from({ length: restarts }, (_, index) => ({
    number: index + 1,
    kind: "server-term",
    target: { role: "server", index: index % servers },
    atMs: (index + 1) * intervalMs,
    forMs: 0,
  }));
}

/** As the report names it. */
export function nameOf(target: Target): string {
  return target.role === "broker" ? "broker" : `${target.role} ${target.index}`;
}

/** For people: a line a fault. */
export function print(faults: readonly Fault[]): string {
  return faults
    .map(
      ({ number, kind, target, atMs, forMs }) =>
        `  ${String(number).padStart(3)}  ${(atMs / 1_000).toFixed(1).padStart(6)} s  ${kind} ${nameOf(target)}${forMs > 0 ? ` for ${forMs} ms` : ""}`,
    )
    .join("\n");
}

function targetOf(on: Row["on"], { clients, servers }: Cast, random: Random): Target {
  if (on === "broker") return { role: "broker" };
  const of = on === "server" ? servers : clients + servers;
  const index = random.whole(0, of - 1);
  if (on === "server" || index >= clients)
    return { role: "server", index: on === "server" ? index : index - clients };
  return { role: "client", index };
}

function lengthOf({ forMs, heartbeats }: Row, { heartbeatMs }: Cast, random: Random): number {
  if (forMs !== undefined) return random.whole(...forMs);
  if (heartbeats === undefined) return 0;
  const [min, max] = heartbeats;
  return random.whole(min * heartbeatMs, max * heartbeatMs);
}
