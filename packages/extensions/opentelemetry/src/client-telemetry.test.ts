import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  type ClientCall,
  type ClientEvents,
  encodeText,
  type HeaderValue,
  type ResponseEnvelope,
  RpcError,
} from "@porthos-rpc/protocol";
import { clientCall, extensionHost, responseEnvelope } from "@porthos-rpc/protocol/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followContexts, followNoContexts, recorder } from "../test/recorder.js";
import { type OpenTelemetryOptions, openTelemetry } from "./index.js";

beforeAll(followContexts);
afterAll(followNoContexts);

/** A client on which the extension is installed: what its calls are sent as, and what is recorded of them. */
function installed(options: OpenTelemetryOptions = {}) {
  const recorded = recorder();
  const reports: unknown[] = [];
  const { tracerProvider, meterProvider } = recorded;
  const part = openTelemetry({ tracerProvider, meterProvider, ...options }).client;
  void part?.start?.(
    extensionHost({
      service: "Calculator",
      side: "client",
      report: (during, error) => reports.push([during, (error as Error).message]),
    }),
  );
  const sent: { readonly call: ClientCall; readonly span: string | undefined }[] = [];
  const next = (call: ClientCall): ResponseEnvelope => {
    sent.push({ call, span: trace.getActiveSpan()?.spanContext().spanId });
    return responseEnvelope();
  };
  type End = Partial<Pick<ClientEvents["settled"], "response" | "error">>;
  const run = (given: Partial<ClientCall> = {}, end: End = { response: responseEnvelope() }): void => {
    const call = clientCall({ service: "Calculator", method: "addOne", ...given });
    part?.wrap?.run(call, next);
    part?.observe?.settled?.({ call, elapsedMs: 250, response: undefined, error: undefined, ...end });
  };
  const headersOf = (index = 0): Record<string, HeaderValue> =>
    Object.fromEntries(sent[index]?.call.request.headers ?? []);
  return { ...recorded, part, run, sent, headersOf, reports };
}

const withHeaders = (headers: ReadonlyMap<string, HeaderValue>): Partial<ClientCall> => ({
  request: { ...clientCall().request, headers },
});

describe("a call of a traced client", () => {
  it("has a span of its own, named by service and method, which is over when the call is", () => {
    const { run, spans } = installed();
    run();
    expect(spans()).toHaveLength(1);
    expect(spans()[0]).toMatchObject({
      name: "Calculator/addOne",
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        "rpc.system.name": "porthos",
        "rpc.method": "Calculator/addOne",
        "rpc.response.status_code": "200",
        "porthos.call.kind": "call",
      },
    });
  });

  it("carries its context in the headers, beside those that it has, and is a child of what it is made in", () => {
    const { run, spans, headersOf, tracerProvider } = installed();
    const outer = tracerProvider.getTracer("test").startSpan("outer");
    const baggage = propagation.createBaggage({ tenant: { value: "a" } });
    const around = propagation.setBaggage(trace.setSpan(ROOT_CONTEXT, outer), baggage);
    const own = new Map([["tenant", "a"]]);
    context.with(around, run, undefined, withHeaders(own));
    const { traceId, spanId } = spans()[0]?.spanContext() ?? {};
    expect(headersOf()).toEqual({
      tenant: "a",
      traceparent: `00-${traceId}-${spanId}-01`,
      baggage: "tenant=a",
    });
    expect(own.size).toBe(1);
    expect(spans()[0]?.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
  });

  it("has what is further in run within it, so that attempts are its children", () => {
    const { run, spans, sent } = installed();
    run();
    expect(sent[0]?.span).toBe(spans()[0]?.spanContext().spanId);
    expect(trace.getActiveSpan()).toBeUndefined();
  });

  it("is a message to a queue if it is one-way", () => {
    const { run, spans } = installed();
    run({ kind: "void" });
    expect(spans()[0]).toMatchObject({
      name: "Calculator/addOne",
      kind: SpanKind.PRODUCER,
      attributes: {
        "porthos.call.kind": "void",
        "messaging.destination.name": "Calculator",
        "messaging.operation.type": "send",
      },
    });
  });

  it("has failed with an answer outside of 200-299, with what that says about whether it ran", () => {
    const { run, spans } = installed();
    const body = encodeText('{"executed":"no","detail":"hunter2"}');
    const response = responseEnvelope({ statusCode: 404, contentType: "application/problem+json", body });
    run({}, { response });
    expect(spans()[0]).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { "rpc.response.status_code": "404", "error.type": "404", "porthos.executed": "no" },
    });
    expect(JSON.stringify([spans()[0]?.attributes, spans()[0]?.status])).not.toContain("hunter2");
  });

  it.each([
    [false, undefined],
    [true, "no answer: hunter2"],
  ])(
    "has failed with an error, by its code; with its message if that is wanted (%j)",
    (messages, message) => {
      const { run, spans } = installed({ messages });
      run({}, { error: new RpcError("Timeout", "no answer: hunter2") });
      expect(spans()[0]).toMatchObject({
        attributes: {
          "rpc.response.status_code": "504",
          "error.type": "Timeout",
          "porthos.executed": "maybe",
        },
        events: [],
      });
      expect(spans()[0]?.status).toEqual({
        code: SpanStatusCode.ERROR,
        ...(message === undefined ? {} : { message }),
      });
    },
  );

  it("loses baggage that has no room in its headers, and neither its context nor its own headers, and goes on", () => {
    const { run, headersOf, part } = installed();
    const baggage = propagation.createBaggage({ big: { value: "x".repeat(4_000) } });
    const own = new Map([["own", "y".repeat(14_000)]]);
    context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), run, undefined, withHeaders(own));
    expect(Object.keys(headersOf())).toEqual(["own", "traceparent"]);
    expect(part?.describe?.()).toMatchObject({ headersLeftOut: 1 });
  });

  it("keeps headers that are too much by themselves, for the client to refuse", () => {
    const { run, headersOf } = installed();
    run(withHeaders(new Map([["own", "y".repeat(20_000)]])));
    expect(Object.keys(headersOf())).toEqual(["own"]);
  });

  it("goes on untraced when the tracer or the propagator throws, and that is reported", () => {
    const failing = (): never => {
      throw new Error("broken");
    };
    const { run, sent, reports, spans } = installed({
      propagator: { inject: failing, extract: failing, fields: () => [] },
    });
    run();
    expect(sent).toHaveLength(1);
    expect(reports).toEqual([["trace", "broken"]]);
    expect(spans()).toHaveLength(1);
  });

  it("begins no more names of spans than there may be methods", () => {
    const { run, spans } = installed();
    for (let n = 0; n < 1_001; n++) run({ method: `m${n}` });
    expect(spans().at(-1)).toMatchObject({
      name: "porthos",
      attributes: { "rpc.method": "_OTHER", "rpc.method_original": "Calculator/m1000" },
    });
  });

  it("is the very same call if nobody traces, and carries nothing", () => {
    const { run, sent, spans } = installed({ tracerProvider: trace.getTracerProvider() });
    const headers = new Map([["tenant", "a"]]);
    run(withHeaders(headers));
    expect(sent[0]?.call.request.headers).toBe(headers);
    expect(spans()).toEqual([]);
  });

  it("has no layer around it if traces are not wanted", () => {
    const { part } = installed({ traces: false });
    expect(part?.wrap).toBeUndefined();
  });
});

describe("the duration of calls", () => {
  it("is recorded in seconds, by method, status and kind of error", async () => {
    const { run, points } = installed();
    run();
    run();
    run({}, { error: new RpcError("Overloaded", "full") });
    const method = { "rpc.system.name": "porthos", "rpc.method": "Calculator/addOne" };
    expect(await points()).toMatchObject([
      {
        name: "rpc.client.call.duration",
        unit: "s",
        attributes: { ...method, "rpc.response.status_code": "200" },
        value: { count: 2, sum: 0.5 },
      },
      {
        attributes: { ...method, "rpc.response.status_code": "429", "error.type": "Overloaded" },
        value: { count: 1 },
      },
    ]);
  });

  it("is recorded of calls that no layer has seen, and without traces", async () => {
    const { part, points } = installed({ traces: false });
    const error = new RpcError("Overloaded", "full");
    part?.observe?.settled?.({ call: clientCall(), elapsedMs: 1, response: undefined, error });
    expect(await points()).toHaveLength(1);
  });

  it("is not recorded if it is not wanted", async () => {
    const { run, points } = installed({ metrics: false });
    run();
    expect(await points()).toEqual([]);
  });

  it("of calls that failed before there was a start is nobody's", () => {
    const part = openTelemetry().client;
    const error = new RpcError("Closed", "closed");
    part?.observe?.settled?.({ call: clientCall(), elapsedMs: 1, response: undefined, error });
  });
});
