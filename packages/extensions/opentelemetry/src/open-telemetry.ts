import type { MeterProvider, TextMapPropagator, TracerProvider } from "@opentelemetry/api";
import { checkBoolean, checkKnown, type Extension, wrong } from "@porthos-rpc/protocol";
import { ClientTelemetry } from "./client-telemetry.js";
import { ServerTelemetry } from "./server-telemetry.js";
import type { Settings } from "./settings.js";

export interface OpenTelemetryOptions {
  /** Whether calls have spans, and hand on the context that they are made in. @default true */
  readonly traces?: boolean;
  /** Whether the durations of calls are recorded. @default true */
  readonly metrics?: boolean;
  /**
   * Whether spans hold the messages and stacks of errors. They may tell what is private: a handler's error is its author's, and
   * an answer's words are a stranger's. Without, spans hold what kind of error it was. @default false
   */
  readonly messages?: boolean;
  /** @default the API's global one, whenever it is set */
  readonly tracerProvider?: TracerProvider;
  /** @default the API's global one, as it is when the server listens, or at the client's first call */
  readonly meterProvider?: MeterProvider;
  /** What writes the context into a request's headers, and reads it there. @default the API's global one */
  readonly propagator?: TextMapPropagator;
}

/**
 * Traces calls across the broker, and measures them, by the semantic conventions for RPC (1.45). On a client: a span for each call, `CLIENT`
 * (one-way: `PRODUCER`), from its begin to its end, whatever is tried in between, and `rpc.client.call.duration`. On a server: a span for
 * each request that runs, `SERVER` (one-way: `CONSUMER`), a child of the caller's, in whose context the handler runs, and
 * `rpc.server.call.duration`. The context travels in the request's headers (`traceparent`, `tracestate`, `baggage`).
 *
 * It harms no call: what a provider or propagator throws is reported (`extensionError`), headers that cannot be read are none, and baggage that
 * has no room in the headers is left out. Without an SDK it does next to nothing.
 * @throws {TypeError} for a wrong option, by name.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Extension {
  const settings = checkOptions(options);
  const client = new ClientTelemetry(settings);
  const server = new ServerTelemetry(settings);
  return {
    name: "opentelemetry",
    apiVersion: 1,
    client: client.part(),
    server: server.part(),
  };
}

function checkOptions(options: OpenTelemetryOptions): Settings {
  const where = "openTelemetry";
  const known = ["traces", "metrics", "messages", "tracerProvider", "meterProvider", "propagator"];
  checkKnown(where, options, known);
  const { tracerProvider, meterProvider, propagator } = options;
  checkMethod("tracerProvider", "an OpenTelemetry TracerProvider", tracerProvider, "getTracer");
  checkMethod("meterProvider", "an OpenTelemetry MeterProvider", meterProvider, "getMeter");
  for (const method of ["inject", "extract"])
    checkMethod("propagator", "an OpenTelemetry TextMapPropagator", propagator, method);
  return {
    traces: checkBoolean(where, "traces", options.traces, true),
    metrics: checkBoolean(where, "metrics", options.metrics, true),
    messages: checkBoolean(where, "messages", options.messages, false),
    tracerProvider,
    meterProvider,
    propagator,
  };
}

function checkMethod(name: string, expected: string, value: unknown, method: string): void {
  if (value === undefined) return;
  const isOne = typeof value === "object" && value !== null && method in value;
  if (!isOne) throw wrong("openTelemetry", name, expected, value);
}
