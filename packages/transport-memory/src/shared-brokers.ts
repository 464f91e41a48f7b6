import { Broker } from "./broker.js";
import { checkBrokerOptions } from "./options.js";

interface SharedBroker {
  readonly broker: Broker;
  /** Transports on it that are not closed. */
  holders: number;
}

/**
 * The brokers of the URLs. The one state that this package keeps for the whole process: a URL means the same
 * everywhere in it, as it would with a broker outside.
 */
const brokers = new Map<string, SharedBroker>();

/** The broker of a URL, for one more holder, who has to give it back with `releaseBroker`. */
export function holdBroker(url: string): Broker {
  const shared = brokers.get(url) ?? { broker: new Broker(checkBrokerOptions({})), holders: 0 };
  brokers.set(url, shared);
  shared.holders++;
  return shared.broker;
}

/** Gives it back, once for each `holdBroker`. After the last the URL stands for a new broker. */
export function releaseBroker(url: string): void {
  const shared = brokers.get(url);
  if (shared !== undefined && --shared.holders === 0) brokers.delete(url);
}
