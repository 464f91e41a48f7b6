/**
 * Metrics of calls, for Prometheus.
 * @packageDocumentation
 */
export {
  type PrometheusExtension,
  type PrometheusOptions,
  type PrometheusRegistry,
  prometheus,
} from "./prometheus.js";
