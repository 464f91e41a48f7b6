import {
  type Clock,
  checkDuration,
  checkInteger,
  checkKnown,
  systemClock,
  wrong,
} from "@porthos-rpc/protocol";
import { FAULTS, type Fault } from "./dice.js";

/** Which faults, and how often. A share is from 0 (never) to 1 (always); all are 0 by default. */
export interface ChaosOptions {
  /** What the faults are drawn from: a whole number from 0 to 2^32 - 1. Print it when a test fails. */
  readonly seed: number;
  /** Share of sends that are accepted and then lost, as by a broker that expires or drops them. */
  readonly dropSend?: number;
  /** The same for replies. */
  readonly dropReply?: number;
  /** The same for publishes. */
  readonly dropPublish?: number;
  /** Share of sends, replies and publishes that are refused as Overloaded. They are not delivered. */
  readonly refuse?: number;
  /** Share of sends, replies and publishes that are delivered, and told `unknown`. */
  readonly unknown?: number;
  /**
   * Share of deliveries whose acceptance is lost, so that they come again (once, with the flag), and of inbox messages
   * that arrive twice: what "at least once" means.
   */
  readonly duplicate?: number;
  /**
   * What arrives is handed on after a time of 0 to so many milliseconds, each after its own: messages overtake each
   * other. 0 to 60,000. @default 0: at once, in order
   */
  readonly delayMs?: number;
  /** Share of sends, replies and publishes upon which the connection is lost (see `ChaosTransport.disconnect`). */
  readonly disconnect?: number;
  /** How long a connection stays lost. More than 0. @default 50 */
  readonly downMs?: number;
  /** For `delayMs` and `downMs`. @default the system's */
  readonly clock?: Clock;
}

/** Options with the defaults filled in. */
export interface ChaosSettings {
  readonly seed: number;
  readonly shares: Readonly<Record<Fault, number>>;
  readonly delayMs: number;
  readonly downMs: number;
  readonly clock: Clock;
}

/** @throws {TypeError} naming what is wrong. */
export function checkOptions(options: ChaosOptions): ChaosSettings {
  checkKnown("chaos", options, ["seed", "delayMs", "downMs", "clock", ...FAULTS]);
  const shares = Object.fromEntries(FAULTS.map((fault) => [fault, checkShare(fault, options[fault])]));
  const max = 2 ** 32 - 1;
  return {
    // Required: the fallback is what no check lets pass.
    seed: checkInteger("chaos", "seed", options.seed ?? -1, { min: 0, max, fallback: -1 }),
    shares: shares as Record<Fault, number>,
    delayMs: checkInteger("chaos", "delayMs", options.delayMs, { min: 0, max: 60_000, fallback: 0 }),
    downMs: checkDuration("chaos", "downMs", options.downMs, 50),
    clock: options.clock ?? systemClock,
  };
}

function checkShare(name: Fault, value: unknown = 0): number {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw wrong("chaos", name, "a share from 0 to 1", value);
  }
  return value;
}
