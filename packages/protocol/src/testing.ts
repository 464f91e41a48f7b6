/**
 * What tests of anything built on this package need.
 * @packageDocumentation
 */
export { ManualClock } from "./manual-clock.js";
