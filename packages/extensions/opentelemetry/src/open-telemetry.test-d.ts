import { metrics, propagation, trace } from "@opentelemetry/api";
import type { Extension } from "@porthos-rpc/protocol";
import { describe, expectTypeOf, it } from "vitest";
import { openTelemetry } from "./index.js";

describe("openTelemetry", () => {
  it("is an extension, with any option or none", () => {
    expectTypeOf(openTelemetry()).toEqualTypeOf<Extension>();
    expectTypeOf(openTelemetry({ traces: false, metrics: true, messages: true })).toEqualTypeOf<Extension>();
    // @ts-expect-error - there is no such option
    openTelemetry({ serviceName: "calculator" });
    // @ts-expect-error - exactOptionalPropertyTypes
    openTelemetry({ propagator: undefined });
  });

  it("takes the providers of the API's own types", () => {
    openTelemetry({ tracerProvider: trace.getTracerProvider(), meterProvider: metrics.getMeterProvider() });
    // @ts-expect-error - it is a tracer, and not what gives them
    openTelemetry({ tracerProvider: trace.getTracer("own") });
    // @ts-expect-error - it has no fields
    openTelemetry({ propagator: { inject: propagation.inject, extract: propagation.extract } });
  });
});
