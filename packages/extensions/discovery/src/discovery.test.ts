import {
  Events,
  type ExtensionHost,
  ExtensionSet,
  encodeText,
  type MethodSpec,
  NO_HEADERS,
  RpcError,
  type ServerCall,
  type ServerEvents,
  type Transport,
} from "@porthos-rpc/protocol";
import { extensionHost, ManualClock, responseEnvelope, serverCall } from "@porthos-rpc/protocol/testing";
import { memory } from "@porthos-rpc/transport-memory";
import { describe, expect, it } from "vitest";
import { type DiscoveryOptions, discover, discovery, type StatsAnswer } from "./index.js";

const SERVICE = "CalculatorService";
const ADD_ONE: MethodSpec = { description: "Adds one" };

/** A server with these methods, in which the extension is. */
async function installed(options: DiscoveryOptions = {}, given: Partial<ExtensionHost> = {}) {
  const transport = memory();
  await transport.ready();
  const clock = new ManualClock();
  const events = new Events<ServerEvents>();
  const extension = discovery(options);
  const set = new ExtensionSet("createServer", "server", events);
  set.add(extension);
  const methods = new Map([
    ["addOne", ADD_ONE],
    ["silent", undefined],
  ]);
  const host = extensionHost({ service: SERVICE, clock, methods, transports: [transport], ...given });
  await set.start(host.transports, host);
  const ask = <K extends "ping" | "info" | "stats" | "spec">(kind: K, over: Transport = transport) =>
    discover(over, { kind, timeoutMs: 500, expected: 1 }).all();
  const stats = async (): Promise<StatsAnswer> => (await ask("stats"))[0] as StatsAnswer;
  const described = () =>
    extension.server?.describe?.() as {
      readonly instance: string;
      readonly answered: number;
      dropped: number;
    };
  return { transport, clock, events, extension, set, host, ask, stats, described };
}

const call = (method: string): ServerCall => serverCall({ service: SERVICE, method });

describe("discovery", () => {
  it("answers who it is", async () => {
    const { ask, described } = await installed({ version: "1.2.3" });
    const { instance } = described();
    expect(instance).toMatch(/^[0-9a-f]{24}$/);
    expect(await ask("ping")).toEqual([{ kind: "ping", service: SERVICE, instance, version: "1.2.3" }]);
  });

  it("answers what it consists of", async () => {
    const { ask, clock } = await installed({ metadata: { region: "eu" } });
    clock.advance(1_500);
    expect(await ask("info")).toEqual([
      {
        kind: "info",
        service: SERVICE,
        instance: expect.any(String),
        upMs: 1_500,
        runtime: `node ${process.versions.node}`,
        transports: ["memory"],
        methods: ["addOne", "silent"],
        extensions: [
          {
            name: "discovery",
            observes: ["incoming", "outgoing", "refused"],
            settings: expect.objectContaining({ metadata: { region: "eu" } }),
          },
        ],
        metadata: { region: "eu" },
      },
    ]);
  });

  it("answers what its methods say of themselves", async () => {
    const { ask } = await installed();
    const methods = [{ method: "addOne", spec: ADD_ONE }, { method: "silent" }];
    expect(await ask("spec")).toMatchObject([{ kind: "spec", methods }]);
  });

  it("leaves out what an extension says of itself that has no JSON, and tells the rest", async () => {
    const { set, ask } = await installed();
    set.add({ name: "odd", apiVersion: 1, server: { describe: () => ({ count: 1n }) } });
    const [info] = await ask("info");
    expect(info?.extensions.find(({ name }) => name === "odd")).toEqual({ name: "odd" });
  });

  it("answers how each method does: requests, errors by class, what runs, durations of what ran", async () => {
    const { events, stats, clock } = await installed();
    const run = (statusCode: number, elapsedMs: number, method = "addOne"): void => {
      const one = call(method);
      events.emit("incoming", { call: one });
      events.emit("outgoing", { call: one, response: responseEnvelope({ statusCode }), elapsedMs });
    };
    clock.advance(2_000);
    for (const status of [200, 204, 404, 500, 504, 302]) run(status, 10);
    events.emit("incoming", { call: call("addOne") });
    // One whose time was over before it ran.
    events.emit("outgoing", {
      call: call("addOne"),
      response: responseEnvelope({ statusCode: 504 }),
      elapsedMs: 0,
    });
    const { sinceMs, methods } = await stats();
    expect(sinceMs).toBe(2_000);
    expect(methods).toEqual([
      {
        method: "addOne",
        requests: 7,
        errors: { "4xx": 1, "5xx": 3, other: 1 },
        inFlight: 1,
        durations: { meanMs: 10, p50Ms: expect.closeTo(10, 0), p99Ms: expect.closeTo(10, 0) },
      },
      { method: "silent", requests: 0, errors: { "4xx": 0, "5xx": 0, other: 0 }, inFlight: 0 },
    ]);
  });

  it("makes no row of a method that a stranger invents, and one entry of a known one that was refused", async () => {
    const { events, stats } = await installed();
    const refuse = (method: string | undefined, statusCode: number): void =>
      events.emit("refused", {
        service: SERVICE,
        method,
        response: responseEnvelope({ statusCode }),
        reason: "no",
      });
    refuse("invented", 404);
    refuse(undefined, 400);
    refuse("addOne", 429);
    const { unknown, methods } = await stats();
    expect(unknown).toBe(2);
    expect(methods).toMatchObject([{ method: "addOne", requests: 1, errors: { "4xx": 1 } }, { requests: 0 }]);
  });

  it.each([
    ["all", `porthos.discovery.all`],
    ["its service", `porthos.discovery.service.${SERVICE}`],
  ])("hears what is asked of %s", async (_, topic) => {
    const { transport } = await installed();
    expect(await rawAnswers(transport, topic, 1)).toEqual([
      expect.stringContaining(`"service":"${SERVICE}"`),
    ]);
  });

  it("hears what is asked of itself, and gives the question's correlation id back", async () => {
    const { transport, described } = await installed();
    const [answer] = await rawAnswers(transport, `porthos.discovery.instance.${described().instance}`, 1);
    expect(answer).toContain("#of the question");
  });

  it("drops what is no question, and answers the next one", async () => {
    const { transport, ask, described } = await installed();
    const before = described().dropped;
    for (const body of ["", "{", '{"kind":"shutdown"}', "x".repeat(100_000)]) publish(transport, body);
    publish(transport, '{"kind":"ping"}', null);
    expect(await ask("ping")).toHaveLength(1);
    expect(described()).toMatchObject({ answered: 1, dropped: before + 5 });
  });

  it("answers a flood of questions up to a hundred units a second, and again after it", async () => {
    const { transport, ask, described, clock } = await installed();
    const inbox = await transport.openInbox({ onMessage: () => {} });
    for (let count = 0; count < 1_000; count++) publish(transport, '{"kind":"ping"}', inbox.address);
    await settled(() => described().answered + described().dropped === 1_000);
    expect(described()).toMatchObject({ answered: 100, dropped: 900 });
    clock.advance(100);
    expect(await ask("spec")).toHaveLength(1);
    await inbox.close();
  });

  it("hears nothing more once it has stopped, and is another instance when it starts again", async () => {
    const { set, host, ask, described } = await installed();
    const { instance } = described();
    await set.stop();
    expect(await ask("ping")).toEqual([]);
    await set.start(host.transports, host);
    expect(described().instance).not.toBe(instance);
    expect(await ask("ping")).toMatchObject([{ instance: described().instance }]);
  });

  it("is part of one server at a time", async () => {
    const { extension, host } = await installed();
    const other = new ExtensionSet("createServer", "server", new Events<ServerEvents>());
    other.add(extension);
    await expect(other.start(host.transports, host)).rejects.toThrow(
      "discovery: it is part of a server already; make one for each server",
    );
  });

  it("fails the start where the broker does not let it hear a topic, by the topic's name, and hears none", async () => {
    const cancelled: string[] = [];
    const transport = memory();
    await transport.ready();
    const subscribe: Transport["subscribe"] = async (topic) => {
      if (topic.includes("service")) throw new RpcError("Config", "no read access to exchange 'amq.direct'");
      return { cancel: async () => void cancelled.push(topic) };
    };
    await expect(installed({}, { transports: [overridden(transport, { subscribe })] })).rejects.toMatchObject(
      {
        code: "Config",
        message: `discovery: the topic "porthos.discovery.service.${SERVICE}" cannot be heard over memory: no read access to exchange 'amq.direct'`,
      },
    );
    expect(cancelled).toHaveLength(2);
  });

  it("does not wait for a broker that is away: it reports what becomes of it", async () => {
    const reported: ServerEvents["extensionError"][] = [];
    const transport = memory();
    let refuse: (reason: unknown) => void = () => {};
    const subscribe: Transport["subscribe"] = () =>
      new Promise((_, reject) => {
        refuse = reject;
      });
    const away = overridden(transport, { subscribe, state: "down" });
    const { events } = await installed({}, { transports: [away] });
    events.on("extensionError", (event) => reported.push(event));
    refuse(new RpcError("Config", "not allowed"));
    await settled(() => reported.length === 1);
    expect(reported).toMatchObject([
      { extension: "discovery", during: "subscribe", error: { code: "Config" } },
    ]);
  });

  it("fails the start of a server whose specs have no JSON, or too much of it", async () => {
    const methods = (spec: MethodSpec) => ({ methods: new Map([["addOne", spec]]) });
    const circular: Record<string, unknown> = { description: "" };
    circular["request"] = circular;
    await expect(installed({}, methods(circular as unknown as MethodSpec))).rejects.toThrow(
      `discovery: the specs of ${SERVICE} cannot be encoded as JSON`,
    );
    await expect(installed({}, methods({ description: "x".repeat(1_048_576) }))).rejects.toThrow(
      /discovery: the specs of CalculatorService have \d+ bytes as JSON; at most 1048576 are told/,
    );
  });

  it.each([
    [{ name: "x" }, 'discovery: unknown option "name"; the options are version, metadata'],
    [{ version: "" }, 'discovery: option "version" must be a text that is not empty, got an empty text'],
    [{ metadata: [] }, 'discovery: option "metadata" must be an object of texts, got an array'],
    [
      { metadata: { port: 80 } },
      'discovery: option "metadata.port" must be a text that is not empty, got 80',
    ],
    [null, "discovery: expected an object of options, got null"],
  ])("refuses wrong options, by name: %j", (options: unknown, message) => {
    expect(() => discovery(options as DiscoveryOptions)).toThrow(new TypeError(message));
  });

  it("refuses more metadata than it tells", () => {
    const metadata = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`n${index}`, "v"]));
    expect(() => discovery({ metadata })).toThrow(/"metadata" must be an object of at most 32 texts, got 33/);
    expect(() => discovery({ metadata: { [`n${"x".repeat(64)}`]: "v" } })).toThrow(/at most 64 bytes/);
  });
});

function publish(transport: Transport, body: string, replyTo: string | null = "nobody"): void {
  publishTo(transport, "porthos.discovery.all", body, replyTo ?? undefined);
}

function publishTo(transport: Transport, topic: string, body: string, replyTo: string | undefined): void {
  transport.publish(topic, {
    body: encodeText(body),
    contentType: undefined,
    correlationId: "#of the question",
    replyTo,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
  });
}

async function rawAnswers(transport: Transport, topic: string, count: number): Promise<string[]> {
  const answers: string[] = [];
  const inbox = await transport.openInbox({
    onMessage: ({ body, correlationId }) =>
      answers.push(`${new TextDecoder().decode(body)} ${correlationId}`),
  });
  publishTo(transport, topic, '{"kind":"ping"}', inbox.address);
  await settled(() => answers.length === count);
  await inbox.close();
  return answers;
}

/** Turns of the event loop are all that the memory transport needs. */
async function settled(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !isSo(); turn++) await new Promise(setImmediate);
  expect(isSo()).toBe(true);
}

function overridden(transport: Transport, other: Partial<Transport>): Transport {
  return new Proxy(transport, {
    get: (target, name) => {
      const value: unknown = name in other ? Reflect.get(other, name) : Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
