import {
  type ClientCall,
  type ClientEvents,
  Events,
  ExtensionSet,
  encodeText,
  RpcError,
  type ServerCall,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { clientCall, extensionHost, responseEnvelope, serverCall } from "@porthos-rpc/protocol/testing";
import { memory } from "@porthos-rpc/transport-memory";
import { Counter, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { type PrometheusExtension, type PrometheusOptions, prometheus } from "./index.js";

/** The values of a registry's rows, by name and labels, without histograms' buckets. */
async function valuesOf({
  registry,
}: Pick<PrometheusExtension, "registry">): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split("\n");
  const rows = lines.filter((line) => line !== "" && !line.startsWith("#") && !line.includes("_bucket{"));
  return Object.fromEntries(
    rows.map((row) => [row.slice(0, row.lastIndexOf(" ")), Number(row.split(" ").at(-1))]),
  );
}

async function installedOnServer(options: PrometheusOptions = {}) {
  const events = new Events<ServerEvents>();
  const set = new ExtensionSet("createServer", "server", events);
  const extension = prometheus(options);
  set.add(extension);
  await set.start([memory()], extensionHost({ service: "S", methods: new Map([["m", undefined]]) }));
  const call = (given: Partial<ServerCall> = {}): ServerCall =>
    serverCall({ service: "S", method: "m", ...given });
  const end = (ended: ServerCall, statusCode = 200): void =>
    events.emit("outgoing", { call: ended, response: responseEnvelope({ statusCode }), elapsedMs: 20 });
  const run = (statusCode?: number): void => {
    const began = call();
    events.emit("incoming", { call: began });
    end(began, statusCode);
  };
  return { events, set, extension, call, end, run, values: () => valuesOf(extension) };
}

async function installedOnClient(options: PrometheusOptions = {}) {
  const events = new Events<ClientEvents>();
  const set = new ExtensionSet("createClient", "client", events);
  const extension = prometheus(options);
  set.add(extension);
  await set.start([memory()], extensionHost({ service: "S", side: "client" }));
  const invoke = set.compose(() => responseEnvelope());
  type End = Partial<Pick<ClientEvents["settled"], "response" | "error">>;
  const end = (call: ClientCall, how: End = { response: responseEnvelope() }): void =>
    events.emit("settled", { call, elapsedMs: 20, response: undefined, error: undefined, ...how });
  const run = (given: Partial<ClientCall> = {}, how?: End): void => {
    const call = clientCall({ service: "S", method: "m", ...given });
    void invoke(call);
    end(call, how);
  };
  return { events, extension, invoke, end, run, values: () => valuesOf(extension) };
}

describe("a server's metrics", () => {
  it("tell how long requests took, by method and class of status", async () => {
    const { run, values } = await installedOnServer();
    for (const statusCode of [200, 204, 404, 503, 999]) run(statusCode);
    const name = "porthos_server_request_duration_seconds_count";
    expect(await values()).toMatchObject({
      [`${name}{service="S",method="m",status="2xx"}`]: 2,
      [`porthos_server_request_duration_seconds_sum{service="S",method="m",status="2xx"}`]: 0.04,
      [`${name}{service="S",method="m",status="4xx"}`]: 1,
      [`${name}{service="S",method="m",status="5xx"}`]: 1,
      [`${name}{service="S",method="m",status="other"}`]: 1,
    });
  });

  it("tell no duration of requests that never ran: they expired, or their callers gave up", async () => {
    const { events, call, end, run, values } = await installedOnServer();
    const expired = call();
    events.emit("expired", { call: expired });
    end(expired, 504);
    const cancelled = call();
    events.emit("cancelled", { service: "S", correlationId: "1", call: cancelled });
    end(cancelled, 499);
    run(504);
    const counts = Object.entries(await values()).filter(([name]) => name.includes("duration_seconds_count"));
    expect(counts).toEqual([[expect.stringContaining('status="5xx"'), 1]]);
  });

  it("tell how many requests run: those that never began are not taken off", async () => {
    const { events, call, end, values, set } = await installedOnServer();
    const gauge = async () => (await values())['porthos_server_requests_in_flight{service="S"}'];
    expect(await gauge()).toBe(0);
    const calls = [call(), call(), call()];
    for (const each of calls) events.emit("incoming", { call: each });
    expect(await gauge()).toBe(3);
    end(calls[0] as ServerCall);
    const expired = call();
    events.emit("expired", { call: expired });
    end(expired, 504);
    expect(await gauge()).toBe(2);
    // Those that it gives back when it stops run elsewhere.
    await set.stop();
    expect(await gauge()).toBe(0);
  });

  it("tell how long requests were in the queue, those among them that came too late to run", async () => {
    const { events, call, values } = await installedOnServer();
    events.emit("incoming", { call: call({ ageMs: 500 }) });
    events.emit("incoming", { call: call() });
    events.emit("expired", { call: call({ ageMs: 1_500 }) });
    expect(await values()).toMatchObject({
      'porthos_server_queue_age_seconds_count{service="S"}': 2,
      'porthos_server_queue_age_seconds_sum{service="S"}': 2,
    });
  });

  it("count what was refused, and have one row for all methods that there are not", async () => {
    const { events, values } = await installedOnServer();
    const refuse = (method: string | undefined, reason: string): void =>
      events.emit("refused", {
        service: "S",
        method,
        reason,
        response: responseEnvelope({ statusCode: 404 }),
      });
    for (let n = 0; n < 500; n++) refuse(`m${n}`, "unknown method");
    refuse(undefined, "it names no method");
    refuse("m", "overloaded");
    const refused = Object.entries(await values()).filter(([name]) => name.includes("refused"));
    expect(Object.fromEntries(refused)).toEqual({
      'porthos_server_refused_total{service="S",method="_OTHER",reason="unknown method"}': 500,
      'porthos_server_refused_total{service="S",method="_OTHER",reason="it names no method"}': 1,
      'porthos_server_refused_total{service="S",method="m",reason="overloaded"}': 1,
    });
  });

  it("count what else happens to requests", async () => {
    const { events, call, values } = await installedOnServer();
    const service = "S";
    events.emit("expired", { call: call() });
    events.emit("duplicate", { service, correlationId: "1" });
    events.emit("poisoned", { service, correlationId: "1", deliveries: 21 });
    events.emit("cancelled", { service, correlationId: "1", call: undefined });
    events.emit("stuck", { call: call(), elapsedMs: 9 });
    events.emit("handlerError", { call: call(), error: new Error("x") });
    events.emit("replyLost", { call: undefined, outcome: { kind: "unroutable" } });
    events.emit("degraded", { transport: "memory", reason: new RpcError("Config", "x") });
    const counted = Object.entries(await values()).flatMap(([name, value]) => {
      const event = /server_events_total\{service="S",event="(\w+)"\}/.exec(name)?.[1];
      return event === undefined ? [] : [[event, value]];
    });
    expect(Object.fromEntries(counted)).toEqual({
      expired: 1,
      duplicate: 1,
      poisoned: 1,
      cancelled: 1,
      stuck: 1,
      handler_error: 1,
      reply_lost: 1,
      degraded: 1,
    });
  });
});

describe("a client's metrics", () => {
  it("tell how long calls took, by method, how they ended, and whether they ran", async () => {
    const { run, values } = await installedOnClient();
    run();
    const body = encodeText('{"executed":"no"}');
    run(
      {},
      { response: responseEnvelope({ statusCode: 429, contentType: "application/problem+json", body }) },
    );
    run({}, { response: responseEnvelope({ statusCode: 500 }) });
    run({}, { error: new RpcError("Timeout", "x") });
    run({}, { error: new RpcError("Unavailable", "x", { executed: "no" }) });
    const counts = Object.entries(await values()).filter(([name]) => name.includes("duration_seconds_count"));
    const row = (code: string, status: string, executed: string): string =>
      `porthos_client_call_duration_seconds_count{service="S",method="m",code="${code}",status="${status}",executed="${executed}"}`;
    expect(Object.fromEntries(counts)).toEqual({
      [row("OK", "2xx", "yes")]: 1,
      [row("Remote", "4xx", "no")]: 1,
      [row("Remote", "5xx", "yes")]: 1,
      [row("Timeout", "none", "maybe")]: 1,
      [row("Unavailable", "none", "no")]: 1,
    });
  });

  it("tell how many calls are pending: those that never began are not taken off", async () => {
    const { invoke, end, values } = await installedOnClient();
    const gauge = async () => (await values())['porthos_client_calls_pending{service="S"}'];
    const call = clientCall({ service: "S" });
    void invoke(call);
    end(clientCall({ service: "S" }), { error: new RpcError("Overloaded", "full") });
    expect(await gauge()).toBe(1);
    end(call);
    expect(await gauge()).toBe(0);
  });

  it("count replies that nobody waited for", async () => {
    const { events, values } = await installedOnClient();
    events.emit("stray", { kind: "late", message: {} as never });
    expect((await values())['porthos_client_strays_total{service="S",kind="late"}']).toBe(1);
  });

  it("have no more rows than 200 methods, and one for the others", async () => {
    const { run, values } = await installedOnClient();
    for (let n = 0; n < 300; n++) run({ method: `m${n}` });
    const counts = Object.entries(await values()).filter(([name]) => name.includes("duration_seconds_count"));
    expect(counts).toHaveLength(201);
    expect(counts.at(-1)).toEqual([expect.stringContaining('method="_OTHER"'), 100]);
  });
});

describe("prometheus", () => {
  it("shares a registry: what is there already is used, so that clients and servers add up", async () => {
    const registry = new Registry();
    const servers = [await installedOnServer({ registry }), await installedOnServer({ registry })];
    const client = await installedOnClient({ registry });
    for (const { run } of servers) run();
    client.run();
    const values = await valuesOf({ registry });
    expect(values['porthos_server_request_duration_seconds_count{service="S",method="m",status="2xx"}']).toBe(
      2,
    );
    expect(Object.keys(values).some((name) => name.startsWith("porthos_client_call_duration"))).toBe(true);
    expect(servers[0]?.extension.registry).toBe(registry);
  });

  it("has a registry of its own if it is given none", () => {
    expect(prometheus().registry).not.toBe(prometheus().registry);
  });

  it("refuses a registry that has something else under one of its names, at once; another prefix helps", () => {
    const registry = new Registry();
    new Counter({
      name: "porthos_server_events_total",
      help: "other",
      labelNames: ["x"],
      registers: [registry],
    });
    expect(() => prometheus({ registry })).toThrow(
      'prometheus: the registry has a metric "porthos_server_events_total" already, of another kind or with other labels',
    );
    expect(() => prometheus({ registry, prefix: "rpc_" })).not.toThrow();
  });

  it("has the buckets that it is told, and says so", async () => {
    const { run, extension } = await installedOnClient({ buckets: [0.01, 0.1] });
    run();
    const bounds = [...(await extension.registry.metrics()).matchAll(/le="([^"]+)"/g)].map(([, le]) => le);
    expect(bounds).toEqual(["0.01", "0.1", "+Inf"]);
    expect(extension).toMatchObject({ name: "prometheus", apiVersion: 1 });
    expect(extension.client?.describe?.()).toEqual({ prefix: "porthos_", buckets: [0.01, 0.1] });
    expect(extension.server?.describe?.()).toEqual({ prefix: "porthos_", buckets: [0.01, 0.1] });
  });

  it.each([
    [{ port: 9_464 }, 'prometheus: unknown option "port"; the options are registry, prefix, buckets'],
    [{ registry: {} }, 'prometheus: option "registry" must be a Registry of prom-client, got an object'],
    [{ prefix: "" }, 'prometheus: option "prefix" must be a text that is not empty, got an empty text'],
    [{ prefix: "9-" }, 'prometheus: option "prefix" must be letters, digits and _, with no digit first'],
    [{ buckets: [] }, /"buckets" must be 1 to 100 numbers of seconds, each more than the one before/],
    [{ buckets: [1, 1] }, /"buckets" must be 1 to 100 numbers/],
    [{ buckets: [0.1, Number.NaN] }, /"buckets" must be 1 to 100 numbers/],
    [{ buckets: [0.1, Number.POSITIVE_INFINITY] }, /"buckets" must be 1 to 100 numbers/],
    [null, "prometheus: expected an object of options, got null"],
  ])("refuses wrong options, by name: %j", (options: unknown, message) => {
    expect(() => prometheus(options as PrometheusOptions)).toThrow(TypeError);
    expect(() => prometheus(options as PrometheusOptions)).toThrow(message);
  });
});
