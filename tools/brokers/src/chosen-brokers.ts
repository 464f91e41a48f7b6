import { BROKER_NAMES, type BrokerName, brokerName } from "./catalogue.js";

/** The brokers that a test run uses: those that PORTHOS_BROKERS names, with commas between, or all. @throws {TypeError} */
export function chosenBrokers(): readonly BrokerName[] {
  const names = (process.env["PORTHOS_BROKERS"] ?? "").split(",").map((name) => name.trim());
  const given = names.filter((name) => name !== "").map(brokerName);
  return given.length === 0 ? BROKER_NAMES : given;
}
