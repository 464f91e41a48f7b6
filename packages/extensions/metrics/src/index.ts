/**
 * Ships the response time and status of each request to the queue `porthos.metrics`.
 * @packageDocumentation
 */
export { type MetricsOptions, metrics } from "./metrics.js";
