import { wrong } from "./options.js";
import type { Transport } from "./transport.js";

/** At least one, the preferred one first. */
export type Transports = readonly [Transport, ...Transport[]];

const EXPECTED = "a transport, e.g. await connect(url), or an array of them";

/**
 * The option `transport` of both ends: one, or several in the order of preference.
 * @throws {TypeError} for what is no transport, none at all, or the same one twice.
 */
export function checkTransports(where: string, given: Transport | readonly Transport[]): Transports {
  const [first, ...more] = Array.isArray(given) ? (given as readonly Transport[]) : [given as Transport];
  if (Array.isArray(given) && first === undefined) {
    throw new TypeError(`${where}: option "transport" must be at least one transport, got an empty array`);
  }
  const all = [first, ...more] as Transports;
  for (const each of all) if (!isTransport(each)) throw wrong(where, "transport", EXPECTED, each);
  if (new Set(all).size < all.length) {
    throw new TypeError(`${where}: option "transport" must be different transports, got the same one twice`);
  }
  return all;
}

function isTransport(value: unknown): value is Transport {
  const { send, consume, acquire } = (value ?? {}) as Partial<Transport>;
  return [send, consume, acquire].every((method) => typeof method === "function");
}
