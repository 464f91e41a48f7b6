import { Broker } from "./broker.js";
import type { RabbitNodeOptions } from "./rabbitmq/node.js";
import { container, privateNode } from "./rabbitmq/recipe.js";
import { provide } from "./recipe.js";

/**
 * Starts a RabbitMQ for the caller alone, to be killed and restarted at will; in about 7 s. It ends with the
 * caller's process at the latest.
 * @throws {Error} when it cannot be had here, with the reasons.
 */
export async function startRabbit(options: RabbitNodeOptions = {}): Promise<Broker> {
  const outcome = await provide({
    name: "rabbitmq",
    ways: [() => privateNode(options), () => container(options)],
  });
  if ("reason" in outcome) throw new Error(`No RabbitMQ can be started: ${outcome.reason}`);
  return new Broker(outcome.descriptor.info, outcome.control);
}
