import type { MeterProvider, TextMapPropagator, TracerProvider } from "@opentelemetry/api";

/** What both sides are set to: the options, checked. */
export interface Settings {
  readonly traces: boolean;
  readonly metrics: boolean;
  readonly messages: boolean;
  readonly tracerProvider: TracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly propagator: TextMapPropagator | undefined;
}

/** Under which spans and instruments are told to be made by this package. */
export const SCOPE = "@porthos-rpc/extension-opentelemetry";
