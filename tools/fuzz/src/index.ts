/** Feeds decoders with what strangers may send. */
export { type FuzzOptions, type FuzzResult, fuzz } from "./fuzz.js";
export { holdTargets } from "./hold.js";
export { seedOfRun } from "./seed.js";
export type { FuzzTarget } from "./target.js";
