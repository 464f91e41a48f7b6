import type { Protocol, Urls } from "./broker.js";

const PROTOCOLS: readonly Protocol[] = ["amqp091", "amqp10"];

/** The environment variable for a broker's URL, such as PORTHOS_TEST_RABBITMQ43_AMQP10_URL. */
export function testVariable(broker: string, protocol: Protocol): string {
  const name = broker.toUpperCase().replace(/[^A-Z0-9]/g, "");
  return `PORTHOS_TEST_${name}_${protocol.toUpperCase()}_URL`;
}

/** The URLs of a broker that are in the environment. */
export function urlsFromEnvironment(broker: string): Urls {
  const given = PROTOCOLS.map((protocol) => [protocol, process.env[testVariable(broker, protocol)]] as const);
  return Object.fromEntries(given.filter(([, url]) => url !== undefined && url !== ""));
}
