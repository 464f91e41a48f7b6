import { describe, inject, test } from "vitest";
import type { Broker, Protocol } from "./broker.js";
import { type BrokerDescriptor, reopen } from "./descriptor.js";

declare module "vitest" {
  interface ProvidedContext {
    porthosBrokers: BrokerDescriptor[];
  }
}

/** The running brokers that speak a protocol; all test files of a run share them. */
export function brokersFor(protocol: Protocol): Broker[] {
  const descriptors: BrokerDescriptor[] | undefined = inject("porthosBrokers");
  return (descriptors ?? []).map(reopen).filter((broker) => broker.urls[protocol] !== undefined);
}

/** Runs a suite once for each broker that speaks the protocol; without any there is one skipped test that says so. */
export function describeEachBroker(protocol: Protocol, suite: (broker: Broker) => void): void {
  const brokers = brokersFor(protocol);
  for (const broker of brokers) describe(`${broker.product} ${broker.version}`, () => suite(broker));
  if (brokers.length === 0) test.skip(`no broker here speaks ${protocol}`, () => {});
}
