/**
 * The conformance suite of Porthos transports, for vitest. Beside it: `./mutants`, which proves that the suite has
 * teeth on a given fixture, and `./chaos`, a fault wrapper for tests of anything that uses a transport.
 * @packageDocumentation
 */
export { describeTransport } from "./describe-transport.js";
export type {
  BrokerControl,
  BrokerVerb,
  FixtureLimits,
  KnownFailure,
  TransportFixture,
  WaitOptions,
} from "./fixture.js";
