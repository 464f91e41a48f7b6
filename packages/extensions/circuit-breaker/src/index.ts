/**
 * Stops calling a service that fails, and looks after a while whether it is back.
 * @packageDocumentation
 */
export { circuitBreaker } from "./circuit-breaker.js";
export type { CircuitBreakerOptions } from "./options.js";
