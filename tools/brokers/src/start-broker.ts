import { Broker } from "./broker.js";
import { type BrokerName, CATALOGUE, type OptionsOf } from "./catalogue.js";
import type { RabbitOptions } from "./rabbitmq/node.js";
import { provide, type Recipe } from "./recipe.js";

/**
 * Starts a broker for the caller alone, to be killed and restarted at will; in 5 to 10 s, when it has been downloaded.
 * It ends with the caller's process at the latest.
 * @throws {Error} when it cannot be had here, with the reasons.
 */
export async function startBroker<Name extends BrokerName>(
  name: Name,
  options?: OptionsOf<Name>,
): Promise<Broker> {
  const recipe = (CATALOGUE[name] as (options?: OptionsOf<Name>) => Recipe)(options);
  const outcome = await provide(recipe);
  if ("reason" in outcome) throw new Error(`No ${name} can be started: ${outcome.reason}`);
  return new Broker(outcome.descriptor.info, outcome.control);
}

/** The RabbitMQ that the tests of AMQP 0-9-1 use, for the caller alone. @throws {Error} as startBroker */
export function startRabbit(options: RabbitOptions = {}): Promise<Broker> {
  return startBroker("rabbitmq-3.10", options);
}
