import type { Protocol } from "@porthos-rpc/brokers";
import type { Transport } from "@porthos-rpc/protocol";
import { amqp10 } from "@porthos-rpc/transport-amqp10";
import { amqp091 } from "@porthos-rpc/transport-amqp091";

/** What a program is told: its one argument, in JSON. */
export type Part = {
  readonly folder: string;
  readonly index: number;
  readonly life: number;
  readonly protocol: Protocol;
  /** The service's name. */
  readonly service: string;
  /** Of its own line to the broker. */
  readonly url: string;
  readonly heartbeatMs: number;
  readonly graceMs: number;
  readonly seed: number;
  /** Calls a second. */
  readonly rate: number;
  readonly longDeadlineMs: number;
  /** Requests that a server has at a time. */
  readonly maxInFlight: number;
};

/** What the conductor says to a program. */
export type ToProgram = "go" | "close";
/** What a program says: it is ready to work. */
export type FromProgram = "ready";

export function readPart(): Part {
  return JSON.parse(process.argv[2] ?? "{}") as Part;
}

/** With times that a test can wait for. */
export function transportOf({ protocol, url, heartbeatMs, index }: Part): Transport {
  const times = { confirmTimeoutMs: 8_000, connectTimeoutMs: 5_000, startTimeoutMs: 60_000 };
  const connectionName = `ledger-${index}`;
  return protocol === "amqp091"
    ? amqp091({ url, heartbeatSeconds: heartbeatMs / 1_000, connectionName, ...times })
    : amqp10({ url, idleTimeoutMs: heartbeatMs, connectionName, ...times });
}

/** Who started this has gone: nobody would ever end it. */
export function endWithConductor(): void {
  process.on("disconnect", () => process.exit(1));
}

/** Lets the process end by itself, which it does if nothing of it is left. */
export function letGo(): void {
  process.removeAllListeners("disconnect");
  process.removeAllListeners("message");
  if (process.connected) process.disconnect();
}
