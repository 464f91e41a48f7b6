/**
 * Answers a repeated request from a store instead of running it again, across processes and restarts.
 * @packageDocumentation
 */
export { type IdempotencyOptions, idempotency } from "./idempotency.js";
export { type MemoryStoreOptions, memoryStore } from "./memory-store.js";
export type { Begun, Claim, IdempotencyStore } from "./store.js";
