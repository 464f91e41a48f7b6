import { artemis } from "./java/artemis.js";
import { type QpidOptions, qpid } from "./java/qpid.js";
import type { RabbitOptions } from "./rabbitmq/node.js";
import { rabbitmq } from "./rabbitmq/recipe.js";
import type { CommonOptions, Recipe } from "./recipe.js";

type Catalogue = {
  readonly "rabbitmq-3.10": (options?: RabbitOptions) => Recipe;
  readonly "rabbitmq-4.0": (options?: RabbitOptions) => Recipe;
  readonly "rabbitmq-4.3": (options?: RabbitOptions) => Recipe;
  readonly artemis: (options?: CommonOptions) => Recipe;
  readonly qpid: (options?: QpidOptions) => Recipe;
};

export type BrokerName = keyof Catalogue;

/** What a broker can be asked to be. */
export type OptionsOf<Name extends BrokerName> = NonNullable<Parameters<Catalogue[Name]>[0]>;

/** Every broker that the tests run against. One more is one more line here and one folder of recipes. */
export const CATALOGUE: Catalogue = {
  "rabbitmq-3.10": (options) => rabbitmq("3.10", options),
  "rabbitmq-4.0": (options) => rabbitmq("4.0", options),
  "rabbitmq-4.3": (options) => rabbitmq("4.3", options),
  artemis,
  qpid,
};

export const BROKER_NAMES: readonly BrokerName[] = Object.keys(CATALOGUE) as BrokerName[];

/** @throws {TypeError} when no broker has that name */
export function brokerName(text: string): BrokerName {
  const name = BROKER_NAMES.find((candidate) => candidate === text);
  if (name !== undefined) return name;
  throw new TypeError(`No broker is called "${text}"; there are ${BROKER_NAMES.join(", ")}`);
}
