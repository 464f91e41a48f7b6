/**
 * Keeps the answers of idempotent methods for a while, and makes one call of several that are the same.
 * @packageDocumentation
 */
export { type CacheOptions, cache } from "./cache.js";
