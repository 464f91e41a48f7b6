export { Broker, type BrokerControl, type BrokerInfo, type Protocol } from "./broker.js";
export { CATALOGUE } from "./catalogue.js";
export { type BrokerDescriptor, reopen } from "./descriptor.js";
export type { RabbitNodeOptions } from "./rabbitmq/node.js";
export { type Outcome, provide, type Recipe, type Way } from "./recipe.js";
export { startRabbit } from "./start-rabbit.js";
