/**
 * The embedded transport of Porthos: a broker inside the process, with the semantics of one outside.
 * @packageDocumentation
 */
import type { Transport } from "@porthos-rpc/protocol";
import { Broker, type MemoryBroker } from "./broker.js";
import { checkBrokerOptions, checkOptions, type MemoryBrokerOptions, type MemoryOptions } from "./options.js";
import { holdBroker, releaseBroker } from "./shared-brokers.js";
import { MemoryTransport } from "./transport.js";

export type { MemoryBroker } from "./broker.js";
export type { MemoryBrokerOptions, MemoryOptions } from "./options.js";
export type { QueueState } from "./queue.js";

/**
 * A transport to a broker inside this process: that of `url`, that of `broker`, or one of its own. Connects to nothing
 * before it is used.
 * @throws {TypeError} for a wrong or unknown option, by name.
 */
export function memory(options: MemoryOptions = {}): Transport {
  const { url } = options;
  return new MemoryTransport(
    checkOptions(options, holdBroker),
    () => url !== undefined && releaseBroker(url),
  );
}

/**
 * A broker for several transports, and for tests: it can be stopped, cut off, blocked and looked into.
 * @throws {TypeError} for a wrong or unknown option, by name.
 */
export function memoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  return new Broker(checkBrokerOptions(options));
}
