/**
 * Proves that the conformance suite has teeth on a given transport and fixture: each of some sixty broken transports
 * must be noticed by the cases that are there to notice it. For whoever writes a fixture (a `cut` that cuts nothing
 * shows here) or a case.
 * @packageDocumentation
 */
export { describeMutants } from "./describe-mutants.js";
export type { BrokerControl, BrokerVerb, FixtureLimits, TransportFixture, WaitOptions } from "./fixture.js";
