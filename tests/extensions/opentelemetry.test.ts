import { context, propagation, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider } from "@opentelemetry/sdk-trace-base";
import { createClient, RpcError } from "@porthos-rpc/client";
import { contract, method } from "@porthos-rpc/contract";
import { openTelemetry } from "@porthos-rpc/extension-opentelemetry";
import { createServer } from "@porthos-rpc/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { carriers } from "../rows.js";
import { Stage } from "../stage.js";
import { isChildOf, SpanLog } from "./span-log.js";

/*
 * Traces of real calls, made by the real SDK, on one carrier of each kind.
 */

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
  propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
});

afterAll(() => {
  context.disable();
  propagation.disable();
});

const traced = (log: SpanLog) => ({ extensions: [openTelemetry({ tracerProvider: log.tracerProvider })] });

describe.concurrent.each(carriers)("over $transport", (row) => {
  test("a call of a handler is part of the call that it answers, and so is one-way work: one trace through all", async () => {
    const log = new SpanLog();
    await using stage = new Stage(row, "traced");
    await using inner = new Stage(row, "inner");
    const tenants: unknown[] = [];
    await inner.server(
      {
        double: (request) => {
          tenants.push(propagation.getActiveBaggage()?.getEntry("tenant")?.value);
          return request.json<number>() * 2;
        },
        note: () => {},
      },
      traced(log),
    );
    const calls = await inner.client(traced(log));
    await stage.server(
      {
        addTwice: async (request) => {
          const response = await calls.call("double").withStruct(request.json()).sync();
          await calls.call("note").void();
          return response.json<number>();
        },
      },
      traced(log),
    );
    const client = await stage.client(traced(log));
    const baggage = propagation.createBaggage({ tenant: { value: "ada" } });
    const call = () => client.call("addTwice").withStruct(21).sync();
    const response = await context.with(propagation.setBaggage(context.active(), baggage), call);
    expect(response.json()).toBe(42);
    const outer = `${stage.service}/addTwice`;
    const chain = [
      await log.find("CLIENT", outer),
      await log.find("SERVER", outer),
      await log.find("CLIENT", `${inner.service}/double`),
      await log.find("SERVER", `${inner.service}/double`),
    ] as const;
    expect(chain[0].parentSpanContext).toBeUndefined();
    expect(chain.slice(1).map((span, index) => isChildOf(span, chain[index] ?? span))).toEqual([
      true,
      true,
      true,
    ]);
    const sent = await log.find("PRODUCER", `${inner.service}/note`);
    const processed = await log.find("CONSUMER", `${inner.service}/note`);
    expect([isChildOf(sent, chain[1]), isChildOf(processed, sent)]).toEqual([true, true]);
    expect(tenants).toEqual(["ada"]);
  });

  test("a stream has one span a side to its end, and all that its handler does is part of it, however slowly it is read", async () => {
    const log = new SpanLog();
    await using stage = new Stage(row, "stream");
    const active = new Set<string | undefined>();
    const countTo = async function* () {
      for (let n = 1; n <= 600; n++) {
        active.add(trace.getActiveSpan()?.spanContext().spanId);
        yield n;
      }
    };
    await stage.server({}, traced(log), { countTo });
    const client = await stage.client(traced(log));
    let count = 0;
    for await (const _ of client.call("countTo").stream<number>({ window: 16 })) count++;
    expect(count).toBe(600);
    const name = `${stage.service}/countTo`;
    const [asked, ran] = [await log.find("CLIENT", name), await log.find("SERVER", name)];
    expect(isChildOf(ran, asked)).toBe(true);
    expect([...active]).toEqual([ran.spanContext().spanId]);
    expect(ran.attributes["porthos.call.kind"]).toBe("stream");
  });

  test("calls that end without an answer, or with an error, say how on both sides", async () => {
    const log = new SpanLog();
    await using stage = new Stage(row, "failing");
    const fail = (): never => {
      throw new RangeError("hunter2");
    };
    await stage.server({ ponder: () => new Promise(() => {}), fail }, { ...traced(log) });
    const client = await stage.client(traced(log));
    const ponder = client.call("ponder").withTimeout(300).sync();
    await expect(ponder).rejects.toMatchObject({ code: "Timeout" });
    expect((await client.call("fail").sync()).statusCode).toBe(500);
    expect((await client.call("nowhere").sync()).statusCode).toBe(404);
    const typesOf = async (kind: "CLIENT" | "SERVER", name: string) => {
      const { attributes } = await log.find(kind, `${stage.service}/${name}`);
      return [
        attributes["error.type"],
        attributes["rpc.response.status_code"],
        attributes["porthos.executed"],
      ];
    };
    expect(await typesOf("CLIENT", "ponder")).toEqual(["Timeout", "504", expect.stringMatching(/yes|maybe/)]);
    expect(await typesOf("SERVER", "ponder")).toEqual(["504", "504", undefined]);
    expect(await typesOf("CLIENT", "fail")).toEqual(["500", "500", "yes"]);
    expect(await typesOf("SERVER", "fail")).toEqual(["RangeError", "500", undefined]);
    expect(await typesOf("CLIENT", "nowhere")).toEqual(["404", "404", "no"]);
    const said = log.spans.map(({ status, events, attributes }) => [status, events, attributes]);
    expect(JSON.stringify(said)).not.toContain("hunter2");
  });

  test("how long calls take is recorded on both sides, by method and how they end", async () => {
    await using stage = new Stage(row, "measured");
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 86_400_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    const measured = () => ({ extensions: [openTelemetry({ meterProvider, traces: false })] });
    await stage.server({ addOne: (request) => request.json<number>() + 1 }, measured());
    const client = await stage.client(measured());
    for (let value = 0; value < 3; value++) await client.call("addOne").withStruct(value).sync();
    for (let n = 0; n < 5; n++) await client.call(`missing${n}`).sync();
    await reader.forceFlush();
    const histograms = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics));
    const counted = histograms.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => {
        const { count, sum } = value as { readonly count: number; readonly sum: number };
        expect(sum / count).toBeLessThan(10);
        const method = String(attributes["rpc.method"]).replace(stage.service, "S");
        return [descriptor.name, descriptor.unit, method, attributes["rpc.response.status_code"], count];
      }),
    );
    const client404 = [0, 1, 2, 3, 4].map((n) => [
      "rpc.client.call.duration",
      "s",
      `S/missing${n}`,
      "404",
      1,
    ]);
    expect(counted).toEqual(
      expect.arrayContaining([
        ["rpc.client.call.duration", "s", "S/addOne", "200", 3],
        ["rpc.server.call.duration", "s", "S/addOne", "200", 3],
        ["rpc.server.call.duration", "s", "_OTHER", "404", 5],
        ...client404,
      ]),
    );
    expect(counted).toHaveLength(8);
    await meterProvider.shutdown();
  });

  test("a stranger's headers harm nothing: his request runs, and begins a trace", async () => {
    const log = new SpanLog();
    await using stage = new Stage(row, "strange");
    await stage.server({ addOne: (request) => request.json<number>() + 1 }, traced(log));
    const client = await stage.client();
    const headers = {
      traceparent: "00-zz-\u0000-01",
      tracestate: "=,=,=",
      baggage: `${",".repeat(8_000)}=%`,
    };
    const response = await client.call("addOne").withHeaders(headers).withStruct(1).sync();
    expect(response.json()).toBe(2);
    const span = await log.find("SERVER", `${stage.service}/addOne`);
    expect(span.parentSpanContext).toBeUndefined();
  });

  test("an SDK that throws at every turn harms no call, and is reported", async () => {
    await using stage = new Stage(row, "broken");
    const fail = (): never => {
      throw new Error("broken");
    };
    const processor = { onStart: fail, onEnd: fail, forceFlush: async () => {}, shutdown: async () => {} };
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [processor] });
    const broken = () => ({ extensions: [openTelemetry({ tracerProvider })] });
    const server = await stage.server({ addOne: (request) => request.json<number>() + 1 }, broken());
    const client = await stage.client(broken());
    const reported: string[] = [];
    server.on("extensionError", ({ extension }) => reported.push(`server ${extension}`));
    client.on("extensionError", ({ extension }) => reported.push(`client ${extension}`));
    const response = await client.call("addOne").withStruct(1).sync();
    expect(response.json()).toBe(2);
    expect([...new Set(reported)].sort()).toEqual(["client opentelemetry", "server opentelemetry"]);
  });

  test("a contract's call keeps what the wire itself says of it", async () => {
    const log = new SpanLog();
    await using stage = new Stage(row, "contract");
    const calculator = contract(stage.service, { addOne: method({ input: z.number(), output: z.number() }) });
    const { extensions } = traced(log);
    const server = createServer({ transport: await stage.transport(), contract: calculator, extensions });
    const names: string[][] = [];
    server.implement({
      addOne: (value, { headers }) => {
        names.push([...headers.keys()]);
        return value + 1;
      },
    });
    stage.add(server);
    await server.listen();
    const transport = await stage.transport();
    const client = createClient({ transport, contract: calculator, ...traced(log) });
    stage.add(client);
    expect(await client.methods.addOne(1)).toBe(2);
    await expect(client.methods.addOne("1" as never)).rejects.toBeInstanceOf(RpcError);
    expect(names[0]).toEqual(expect.arrayContaining(["X-Method", "porthos-contract", "traceparent"]));
    await log.find("SERVER", `${stage.service}/addOne`);
  });
});
