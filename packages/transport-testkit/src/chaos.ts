/**
 * A fault wrapper for tests of anything that uses a transport. Needs no test runner.
 * @packageDocumentation
 */
import type { Transport } from "@porthos-rpc/protocol";
import { ChaosTransport } from "./chaos/chaos-transport.js";
import { type ChaosOptions, checkOptions } from "./chaos/options.js";

export type { ChaosTransport } from "./chaos/chaos-transport.js";
export type { Fault } from "./chaos/dice.js";
export type { ChaosOptions } from "./chaos/options.js";

/**
 * The transport, but with faults: those that brokers and networks really have, as often as the options say, drawn
 * from a seeded generator. With the same seed and the same calls in the same order the same faults happen. It keeps
 * the promises of the `Transport` interface; it only makes come true what the interface says may happen.
 * Closing it closes `transport`, which nobody else should use.
 * @throws {TypeError} for a wrong or unknown option, by name.
 */
export function chaos(transport: Transport, options: ChaosOptions): ChaosTransport {
  return new ChaosTransport(transport, checkOptions(options));
}
