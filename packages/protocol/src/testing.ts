/**
 * What tests of anything built on this package need: of an extension, above all.
 * @packageDocumentation
 */
export { clientCall, extensionHost, responseEnvelope, serverCall } from "./extension-testing.js";
export { ManualClock } from "./manual-clock.js";
