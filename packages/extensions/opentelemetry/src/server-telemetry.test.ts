import { setImmediate } from "node:timers/promises";
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  Events,
  ExtensionSet,
  type HeaderValue,
  type ResponseEnvelope,
  type ServerCall,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { extensionHost, responseEnvelope, serverCall } from "@porthos-rpc/protocol/testing";
import { memory } from "@porthos-rpc/transport-memory";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { followContexts, followNoContexts, recorder } from "../test/recorder.js";
import { type OpenTelemetryOptions, openTelemetry } from "./index.js";

beforeAll(followContexts);
afterAll(followNoContexts);

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";

/** A server with one method on which the extension is installed, and what is recorded of its requests. */
async function installed(options: OpenTelemetryOptions = {}) {
  const recorded = recorder();
  const { tracerProvider, meterProvider } = recorded;
  const events = new Events<ServerEvents>();
  const set = new ExtensionSet("createServer", "server", events);
  const extension = openTelemetry({ tracerProvider, meterProvider, ...options });
  set.add(extension);
  const methods = new Map([["addOne", undefined]]);
  await set.start([memory()], extensionHost({ service: "Calculator", methods, transports: [memory()] }));
  const run = async (
    given: Partial<ServerCall> = {},
    handler: (call: ServerCall) => ResponseEnvelope | Promise<ResponseEnvelope> = () => responseEnvelope(),
  ): Promise<void> => {
    const call = serverCall({ service: "Calculator", method: "addOne", ...given });
    events.emit("incoming", { call });
    const response = await set.compose(handler)(call);
    events.emit("outgoing", { call, response, elapsedMs: 250 });
  };
  return { ...recorded, set, extension, events, run };
}

const withHeaders = (headers: Readonly<Record<string, HeaderValue>>): Partial<ServerCall> => ({
  request: { ...serverCall().request, headers: new Map(Object.entries(headers)) },
});

describe("a request of a traced server", () => {
  it("has a span that is a child of its caller's, with what is known of it", async () => {
    const { run, spans } = await installed();
    const state = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: "vendor=1" };
    await run({ ...withHeaders(state), id: "id-1", ageMs: 12, redelivered: true });
    expect(spans()[0]).toMatchObject({
      name: "Calculator/addOne",
      kind: SpanKind.SERVER,
      status: { code: SpanStatusCode.UNSET },
      parentSpanContext: { traceId: TRACE, spanId: PARENT },
      attributes: {
        "rpc.system.name": "porthos",
        "rpc.method": "Calculator/addOne",
        "rpc.response.status_code": "200",
        "porthos.call.id": "id-1",
        "porthos.age_ms": 12,
        "porthos.redelivered": true,
      },
    });
    expect(spans()[0]?.spanContext().traceState?.get("vendor")).toBe("1");
  });

  it("has its handler run within it, through all that it awaits", async () => {
    const { run, spans } = await installed();
    const seen: unknown[] = [];
    const active = (): unknown => trace.getActiveSpan()?.spanContext().spanId;
    await run({}, async () => {
      seen.push(active());
      await setImmediate();
      seen.push(active());
      return responseEnvelope();
    });
    const { spanId } = spans()[0]?.spanContext() ?? {};
    expect(seen).toEqual([spanId, spanId]);
    expect(active()).toBeUndefined();
  });

  it("begins a trace if its caller has none, whatever the code that delivers it runs in", async () => {
    const { run, spans, tracerProvider } = await installed();
    const foreign = tracerProvider.getTracer("test").startSpan("foreign");
    await context.with(trace.setSpan(ROOT_CONTEXT, foreign), run);
    expect(spans()[0]?.parentSpanContext).toBeUndefined();
  });

  it.each<[string, Record<string, HeaderValue>]>([
    ["a number", { traceparent: 7 }],
    ["a list", { traceparent: ["00", TRACE] }],
    ["of no form", { traceparent: "rubbish", tracestate: "x".repeat(9_000), baggage: "=;=,,%zz" }],
    ["of nobody", { traceparent: `00-${"0".repeat(32)}-${PARENT}-01` }],
    ["bytes", { traceparent: new Uint8Array([0, 255]), baggage: { nested: "table" } }],
  ])("begins a trace where the header is rubbish: %s", async (_what, headers) => {
    const { run, spans } = await installed();
    await run(withHeaders(headers));
    expect(spans()[0]?.parentSpanContext).toBeUndefined();
    expect(spans()[0]?.attributes["rpc.response.status_code"]).toBe("200");
  });

  it("begins a trace, and is counted, where the propagator fails on its headers", async () => {
    const extract = (): never => {
      throw new Error("broken");
    };
    const { run, spans, extension } = await installed({
      propagator: { extract, inject: () => {}, fields: () => [] },
    });
    await run(withHeaders({ traceparent: "rubbish" }));
    expect(spans()).toHaveLength(1);
    expect(extension.server?.describe?.()).toMatchObject({ unreadableHeaders: 1, open: 0 });
  });

  it("is a message from a queue if it is one-way", async () => {
    const { run, spans } = await installed();
    await run({ kind: "void" });
    expect(spans()[0]).toMatchObject({
      kind: SpanKind.CONSUMER,
      attributes: {
        "messaging.system": "memory",
        "messaging.destination.name": "Calculator",
        "messaging.operation.type": "process",
      },
    });
  });

  it.each([
    [404, undefined],
    [499, undefined],
    [500, "500"],
    [504, "504"],
  ])("has failed with %i only if the service has", async (statusCode, errorType) => {
    const { run, spans } = await installed();
    await run({}, () => responseEnvelope({ statusCode }));
    expect(spans()[0]?.attributes["error.type"]).toBe(errorType);
    const { ERROR, UNSET } = SpanStatusCode;
    expect(spans()[0]?.status.code).toBe(errorType === undefined ? UNSET : ERROR);
  });

  it.each([
    [false, undefined],
    [true, "no room for hunter2"],
  ])(
    "says what its handler threw by name, and in its words only if they are wanted: %j",
    async (messages, said) => {
      const { run, spans, events } = await installed({ messages });
      await run({}, (call) => {
        events.emit("handlerError", { call, error: new RangeError("no room for hunter2") });
        return responseEnvelope({ statusCode: 500 });
      });
      expect(spans()[0]?.attributes["error.type"]).toBe("RangeError");
      const [event] = spans()[0]?.events ?? [];
      expect(event).toMatchObject({ name: "exception", attributes: { "exception.type": "RangeError" } });
      expect(event?.attributes?.["exception.message"]).toBe(said);
      if (!messages) expect(JSON.stringify(spans()[0]?.events)).not.toContain("hunter2");
    },
  );

  it.each([
    ["a text", "hunter2", "string"],
    ["nothing", undefined, "undefined"],
    ["what throws when it is looked at", hostile(), "unknown"],
  ])("survives a handler that throws %s", async (_what, error, name) => {
    const { run, spans, events } = await installed();
    await run({}, (call) => {
      events.emit("handlerError", { call, error });
      return responseEnvelope({ statusCode: 500 });
    });
    expect(spans()[0]?.attributes["error.type"]).toBe(name);
  });

  it("that the server gives back is over, as abandoned, when the server stops", async () => {
    const { run, spans, set } = await installed();
    void run({}, () => new Promise(() => {}));
    expect(spans()).toEqual([]);
    await set.stop();
    expect(spans()[0]).toMatchObject({
      status: { code: SpanStatusCode.ERROR },
      attributes: { "error.type": "abandoned" },
    });
  });
});

describe("the duration of requests", () => {
  it("is recorded in seconds, by method and status; as an error only where the service failed", async () => {
    const { run, points } = await installed();
    await run();
    await run({}, () => responseEnvelope({ statusCode: 404 }));
    await run({}, () => responseEnvelope({ statusCode: 500 }));
    const found = await points();
    expect(found.map(({ name, unit }) => [name, unit])).toEqual(
      Array(3).fill(["rpc.server.call.duration", "s"]),
    );
    const method = { "rpc.system.name": "porthos", "rpc.method": "Calculator/addOne" };
    expect(found.map(({ attributes }) => attributes)).toEqual([
      { ...method, "rpc.response.status_code": "200" },
      { ...method, "rpc.response.status_code": "404" },
      { ...method, "rpc.response.status_code": "500", "error.type": "500" },
    ]);
    expect(found[0]?.value.sum).toBe(0.25);
  });

  it("is not that of requests that never ran: they expired, or their callers gave up", async () => {
    const { events, run, points } = await installed();
    const end = (call: ServerCall, statusCode: number): void =>
      events.emit("outgoing", { call, response: responseEnvelope({ statusCode }), elapsedMs: 0 });
    const [expired, cancelled] = [serverCall(), serverCall()];
    events.emit("expired", { call: expired });
    end(expired, 504);
    events.emit("cancelled", { service: "Calculator", correlationId: "1", call: cancelled });
    end(cancelled, 499);
    await run({}, () => responseEnvelope({ statusCode: 504 }));
    expect((await points()).map(({ value }) => [value.count, value.sum])).toEqual([[1, 0.25]]);
  });

  it("has one row for all methods that there are not, however many a stranger names", async () => {
    const { events, points } = await installed();
    const refuse = (method: string | undefined, statusCode: number): void => {
      const response = responseEnvelope({ statusCode });
      events.emit("refused", { service: "Calculator", method, response, reason: "unknown method" });
    };
    for (let n = 0; n < 50; n++) refuse(`m${n}`, 404);
    refuse(undefined, 404);
    refuse("addOne", 429);
    const found = await points();
    expect(found.map(({ attributes, value }) => [attributes["rpc.method"], value.count])).toEqual([
      ["_OTHER", 51],
      ["Calculator/addOne", 1],
    ]);
  });
});

function hostile(): unknown {
  return new Proxy(new Error("x"), {
    get() {
      throw new Error("a look");
    },
    getPrototypeOf() {
      throw new Error("a look");
    },
  });
}
