import { describe, expect, it } from "vitest";
import { type OpenTelemetryOptions, openTelemetry } from "./index.js";

describe("openTelemetry", () => {
  it("says its name, and what it is set to on both sides", () => {
    const extension = openTelemetry({ messages: true });
    expect(extension).toMatchObject({ name: "opentelemetry", apiVersion: 1 });
    const settings = { traces: true, metrics: true, messages: true };
    expect(extension.client?.describe?.()).toMatchObject(settings);
    expect(extension.server?.describe?.()).toMatchObject(settings);
    expect([extension.client?.wrap?.phase, extension.server?.wrap?.phase]).toEqual(["trace", "trace"]);
  });

  it("hears nothing that it has no use for", () => {
    const { client, server } = openTelemetry({ traces: false, metrics: false });
    expect([client?.observe, client?.wrap, server?.wrap]).toEqual([undefined, undefined, undefined]);
    expect(server?.observe).toEqual({});
  });

  it.each([
    [{ trace: true }, /^openTelemetry: unknown option "trace"; the options are traces, metrics/],
    [{ traces: 1 }, 'openTelemetry: option "traces" must be true or false, got 1'],
    [{ messages: "no" }, 'openTelemetry: option "messages" must be true or false, got a text'],
    [{ tracerProvider: {} }, /"tracerProvider" must be an OpenTelemetry TracerProvider, got an object/],
    [{ meterProvider: 7 }, /"meterProvider" must be an OpenTelemetry MeterProvider, got 7/],
    [{ propagator: { inject: () => {} } }, /"propagator" must be an OpenTelemetry TextMapPropagator/],
    [null, "openTelemetry: expected an object of options, got null"],
  ])("refuses wrong options, by name: %j", (options: unknown, message) => {
    expect(() => openTelemetry(options as OpenTelemetryOptions)).toThrow(TypeError);
    expect(() => openTelemetry(options as OpenTelemetryOptions)).toThrow(message);
  });
});
