/**
 * Traces and metrics of calls, by OpenTelemetry.
 * @packageDocumentation
 */
export { type OpenTelemetryOptions, openTelemetry } from "./open-telemetry.js";
