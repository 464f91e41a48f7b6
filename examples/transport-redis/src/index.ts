/**
 * Porthos over Redis: an example of a transport that lives outside of the Porthos repository.
 * @packageDocumentation
 */
import type { Transport } from "@porthos-rpc/protocol";
import { type RedisOptions, readOptions } from "./options.js";
import { RedisTransport } from "./transport.js";

export type { RedisOptions } from "./options.js";

/**
 * A transport over one Redis (7.0 or later) and its replicas; not over Redis Cluster, where a script sees one shard
 * only. It makes one connection, when it is first used.
 * @throws {TypeError} for an option that is unknown, of a wrong kind or out of bounds
 */
export function redisTransport(options: RedisOptions): Transport {
  return new RedisTransport(readOptions(options));
}
