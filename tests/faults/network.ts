import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Line, type LineOptions } from "@porthos-rpc/brokers";
import type { RpcError, Transport } from "@porthos-rpc/protocol";
import { amqp10 } from "@porthos-rpc/transport-amqp10";
import { amqp091 } from "@porthos-rpc/transport-amqp091";
import { expect, type TestContext } from "vitest";
import type { Row } from "../rows.js";
import { within } from "../waits.js";
import { Lag } from "./watch/lag.js";
import type { WatchedStage } from "./watch/watched-stage.js";

const lag = new Lag();

/** Heartbeats, or idle timeouts. */
export function quickHeartbeats({ transport }: Row, seconds = 1): Readonly<Record<string, unknown>> {
  return transport === "amqp091" ? { heartbeatSeconds: seconds } : { idleTimeoutMs: 1_000 * seconds };
}

/** A line to the stage's broker, or to another one, which outlives what the stage closes. */
export async function openLine(
  to: WatchedStage | Row,
  context: TestContext,
  options: LineOptions = {},
): Promise<Line> {
  const line = await Line.open("row" in to ? to.row.url : to.url, options);
  context.onTestFinished(() => line.close());
  return line;
}

/** When a transport tells the loss of its connections: of that for what is sent, and of that for what is received. */
export class Losses implements Disposable {
  readonly sent: Promise<number>;
  readonly received: Promise<number>;
  /** Why, in the order they were told. */
  readonly reasons: RpcError[] = [];
  readonly #stop: (() => void)[] = [];

  constructor(transport: Transport) {
    this.sent = new Promise((resolve) =>
      this.#stop.push(
        transport.on("down", ({ reason }) => {
          this.reasons.push(reason);
          resolve(performance.now());
        }),
      ),
    );
    this.received = new Promise((resolve) =>
      this.#stop.push(
        transport.on("degraded", ({ what, reason }) => {
          this.reasons.push(reason);
          if (what === "the connection for what is received") resolve(performance.now());
        }),
      ),
    );
  }

  [Symbol.dispose](): void {
    for (const stop of this.#stop) stop();
  }
}

/** How long something took, without what the machine lost of that time. */
export async function tookMs(sinceMs: number, until: Promise<number>, what: string): Promise<number> {
  const atMs = await within(15_000, what, until);
  return Math.round(atMs - sinceMs - lag.lostMs(sinceMs, atMs));
}

/** Prints what a test has measured, for docs and reports. */
export function figure(what: string, { transport, broker }: Row, value: string): void {
  console.log(`figure · ${what} · ${transport} on ${broker?.name ?? "memory"} · ${value}`);
}

/** Resolves once the transport can send. */
export function up(transport: Transport): Promise<void> {
  return within(15_000, `${transport.name} to be up`, transport.ready());
}

/** A transport of the stage that may reach its broker by several hosts; it is idle until it is used. */
export function several(
  stage: WatchedStage,
  url: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
): Transport {
  const make = stage.row.transport === "amqp091" ? amqp091 : amqp10;
  const transport = make({ url, clock: stage.clock, ...options });
  for (const each of url) stage.secrets.addUrl(each);
  stage.addTransport(transport);
  return transport;
}

/** The URL with another host. */
export function elsewhere(url: string, host: string): string {
  const other = new URL(url);
  other.host = host;
  return other.href;
}

/** Tries until the value is what is expected. For tests that run beside others, where `expect.poll` cannot be used. */
export async function eventually(
  attempt: () => unknown,
  expected: unknown,
  { withinMs = 10_000, everyMs = 20 }: { readonly withinMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const value = await Promise.resolve(attempt()).catch(String);
    if (isDeepStrictEqual(value, expected)) return;
    if (performance.now() > untilMs) expect(value).toEqual(expected);
    await delay(everyMs);
  }
}
