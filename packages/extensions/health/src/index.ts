/**
 * Whether a server or client is ready and alive.
 * @packageDocumentation
 */
export type { Check } from "./checks.js";
export { type HealthExtension, health } from "./health.js";
export type { HealthOptions } from "./options.js";
export type {
  CheckResult,
  HealthStatus,
  LivenessStatus,
  ReadinessStatus,
  TransportHealth,
} from "./status.js";
