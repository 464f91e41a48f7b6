export {
  Broker,
  type BrokerControl,
  type BrokerInfo,
  type Family,
  type Protocol,
  type Urls,
} from "./broker.js";
export { BROKER_NAMES, type BrokerName, type OptionsOf } from "./catalogue.js";
export { Authority, type Certificate } from "./equipment/authority.js";
export type { Impairment, Way } from "./equipment/impairment.js";
export { Line, type LineOptions } from "./equipment/line.js";
export { TokenIssuer } from "./equipment/token-issuer.js";
export type { QpidOptions } from "./java/qpid.js";
export type { RabbitOptions } from "./rabbitmq/node.js";
export type { CommonOptions } from "./recipe.js";
export { startBroker, startRabbit } from "./start-broker.js";
