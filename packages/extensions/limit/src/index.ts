/**
 * Bounds how many calls run at a time, and how many begin each second.
 * @packageDocumentation
 */
export { limit } from "./limit.js";
export type { AdaptiveOptions, Bounds, LimitOptions } from "./options.js";
