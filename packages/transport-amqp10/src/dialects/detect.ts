import { type Clock, RpcError } from "@porthos-rpc/protocol";
import type { Lanes } from "../lane.js";
import { artemis } from "./artemis.js";
import type { Dialect } from "./dialect.js";
import { plain } from "./plain.js";
import { qpid } from "./qpid.js";
import { rabbitmq3, tryVirtualHost } from "./rabbitmq3.js";
import { rabbitmq4 } from "./rabbitmq4.js";

/** What brokers offer that take messages for any address on one link (Anonymous Terminus 1.0). */
const ANONYMOUS_RELAY = "ANONYMOUS-RELAY";
/** What brokers offer that have a management node for a link pair (Link Pairing 1.0). */
const LINK_PAIR = "LINK_PAIR_V1_0";

/**
 * The dialect of the broker at the other end, by what it says of itself when the connection opens.
 * @throws {RpcError} Config for a broker that we cannot speak to; else what ended the connection
 */
export async function detectDialect(lanes: Lanes, clock: Clock): Promise<Dialect> {
  const { product, capabilities } = lanes.peer;
  if (/rabbitmq/i.test(product)) {
    if (capabilities.includes(LINK_PAIR)) return rabbitmq4(lanes, clock);
    await tryVirtualHost(lanes);
    return rabbitmq3();
  }
  if (!capabilities.includes(ANONYMOUS_RELAY)) {
    const name = product === "" ? "this broker" : `this broker (${product.slice(0, 60)})`;
    throw new RpcError("Config", `${name} does not offer ${ANONYMOUS_RELAY}, which is needed to send`);
  }
  if (/artemis/i.test(product)) return artemis();
  if (/qpid/i.test(product)) return qpid(lanes, clock);
  return plain();
}
