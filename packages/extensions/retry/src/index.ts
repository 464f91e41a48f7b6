/**
 * Makes a call again when that is safe.
 * @packageDocumentation
 */
export type { RetryOptions } from "./options.js";
export { retry } from "./retry.js";
