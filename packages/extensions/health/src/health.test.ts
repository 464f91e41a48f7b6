import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { Events, ExtensionSet, type ServerEvents, systemClock, type Transport } from "@porthos-rpc/protocol";
import { extensionHost } from "@porthos-rpc/protocol/testing";
import { memory, memoryBroker } from "@porthos-rpc/transport-memory";
import { describe, expect, it } from "vitest";
import { type HealthOptions, health } from "./index.js";

/** A server in which it is. */
async function installed(options: HealthOptions = {}, transports?: readonly Transport[]) {
  const broker = memoryBroker();
  const transport = memory({ broker });
  await transport.ready();
  const events = new Events<ServerEvents>();
  const reports: ServerEvents["extensionError"][] = [];
  events.on("extensionError", (report) => reports.push(report));
  const extension = health({ port: 0, host: "127.0.0.1", ...options });
  const set = new ExtensionSet("createServer", "server", events);
  set.add(extension);
  const host = extensionHost({ transports: transports ?? [transport], clock: systemClock });
  await set.start(host.transports, host);
  const port = (): number => extension.port ?? 0;
  const get = (path: string, method = "GET") =>
    fetch(`http://127.0.0.1:${port()}${path}`, { method, headers: { connection: "close" } });
  const listen = () => events.emit("listening", { service: "S" });
  const close = () => events.emit("closing", { service: "S", timeoutMs: 1_000 });
  return { broker, transport, events, extension, set, host, port, get, listen, close, reports };
}

const UP = { name: "memory", state: "up", blocked: false };

describe("health", () => {
  it("is ready from listening until closing, and answers until it has stopped", async () => {
    const { get, listen, close, set, port, extension } = await installed();
    const phase = async () => {
      const response = await get("/readyz");
      return [response.status, await response.json()];
    };
    expect(await phase()).toEqual([503, { ready: false, phase: "starting", transports: [UP], checks: {} }]);
    listen();
    expect(await phase()).toEqual([200, { ready: true, phase: "open", transports: [UP], checks: {} }]);
    close();
    expect(await phase()).toMatchObject([503, { ready: false, phase: "closing" }]);
    const found = port();
    expect(extension.server?.describe?.()).toMatchObject({ port: found });
    await set.stop();
    await expect(fetch(`http://127.0.0.1:${found}/readyz`)).rejects.toThrow();
  });

  it("is not ready while no transport is up, or the broker takes no messages; alive all the same", async () => {
    const { get, listen, broker, transport } = await installed();
    listen();
    const ready = async () => (await get("/readyz")).status;
    broker.block();
    await settled(async () => (await ready()) === 503);
    expect((await get("/livez")).status).toBe(200);
    broker.unblock();
    await settled(async () => (await ready()) === 200);
    broker.stop();
    await settled(async () => (await ready()) === 503);
    expect(transport.state).not.toBe("up");
    broker.start();
    await settled(async () => (await ready()) === 200);
  });

  it("is ready while one of several transports is up", async () => {
    const other = memory();
    const broker = memoryBroker();
    const gone = memory({ broker });
    await Promise.all([other.ready(), gone.ready()]);
    const { extension, listen } = await installed({}, [gone, other]);
    listen();
    broker.stop();
    await settled(() => gone.state !== "up");
    expect((await extension.status()).readiness).toMatchObject({
      ready: true,
      transports: [{ state: expect.not.stringMatching("^up$") }, UP],
    });
  });

  it("is not ready while a check fails or is late; tells which, and why only to those who run it", async () => {
    const { get, listen, reports } = await installed({
      checkTimeoutMs: 50,
      checks: {
        good: () => true,
        bad: async () => {
          throw new Error("password hunter2 refused");
        },
        slow: () => new Promise(() => {}),
      },
    });
    listen();
    const response = await get("/readyz");
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ checks: { good: "ok", bad: "failed", slow: "late" } });
    expect(text).not.toContain("hunter2");
    expect(reports).toMatchObject([
      { extension: "health", during: "check bad", error: { message: "password hunter2 refused" } },
      { during: "check slow" },
    ]);
    expect(await (await get("/livez")).json()).toEqual({ live: true, lagMs: expect.any(Number) });
  });

  it("answers GET and HEAD of its paths, whatever the query, and nothing else", async () => {
    const { get, listen } = await installed({ readyPath: "/ready", livePath: "/live" });
    listen();
    const answers = await Promise.all(
      [
        ["GET", "/ready"],
        ["GET", "/live?verbose"],
        ["HEAD", "/ready"],
        ["POST", "/ready"],
        ["DELETE", "/live"],
        ["GET", "/readyz"],
        ["GET", "/"],
        ["GET", "/ready/"],
        ["OPTIONS", "/"],
      ].map(async ([method, path = ""]) => {
        const response = await get(path, method);
        return [response.status, response.headers.get("allow"), (await response.text()).length > 0];
      }),
    );
    expect(answers).toEqual([
      [200, null, true],
      [200, null, true],
      [200, null, false],
      [405, "GET, HEAD", false],
      [405, "GET, HEAD", false],
      [404, null, false],
      [404, null, false],
      [404, null, false],
      [404, null, false],
    ]);
  });

  it("ends connections that are kept alive, and such as never ask, when it stops", async () => {
    const { port, set } = await installed();
    const agent = new Agent({ keepAlive: true });
    const response = await new Promise<IncomingMessage>((resolve) =>
      request({ port: port(), host: "127.0.0.1", path: "/livez", agent }, resolve).end(),
    );
    response.resume();
    await new Promise((resolve) => response.once("end", resolve));
    const silent = connect(port(), "127.0.0.1");
    const closed = new Promise((resolve) => silent.once("close", resolve));
    silent.on("error", () => {});
    silent.write("GET /rea");
    await new Promise((resolve) => silent.once("ready", resolve));
    await set.stop();
    await closed;
    agent.destroy();
  });

  it("fails the start where the port is taken, by its number, and can start again", async () => {
    const { port, set, host } = await installed();
    const second = health({ port: port(), host: "127.0.0.1" });
    const other = new ExtensionSet("createServer", "server", new Events<ServerEvents>());
    other.add(second);
    await expect(other.start(host.transports, host)).rejects.toMatchObject({
      code: "Config",
      message: `health: port ${port()} of 127.0.0.1 cannot be bound: EADDRINUSE`,
    });
    await set.stop();
    await other.start(host.transports, host);
    await other.stop();
  });

  it("opens no port without one, and tells the same by status(); nothing after its end", async () => {
    const extension = health();
    const set = new ExtensionSet("createServer", "server", new Events<ServerEvents>());
    set.add(extension);
    const stopped = {
      readiness: { ready: false, phase: "stopped", transports: [], checks: {} },
      liveness: { live: true, lagMs: 0 },
    };
    expect(await extension.status()).toEqual(stopped);
    const host = extensionHost({ clock: systemClock });
    await set.start([], host);
    expect((await extension.status()).readiness.phase).toBe("starting");
    expect(extension.port).toBeUndefined();
    await set.stop();
    expect(await extension.status()).toEqual(stopped);
  });

  it("is dead while its event loop is mostly too late", async () => {
    const { extension, get } = await installed({ maxLagMs: 40 });
    for (let times = 0; times < 10; times++) {
      for (const until = performance.now() + 150; performance.now() < until; );
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect(extension.liveness()).toEqual({ live: false, lagMs: expect.any(Number) });
    expect((await get("/livez")).status).toBe(503);
  });

  it("is part of one client or server at a time", async () => {
    const { extension, host } = await installed();
    const other = new ExtensionSet("createServer", "server", new Events<ServerEvents>());
    other.add(extension);
    await expect(other.start(host.transports, host)).rejects.toThrow(
      "health: it is part of a client or server already; make one for each",
    );
  });

  it("says what it is set to", () => {
    const extension = health({ port: 8_080, checks: { db: () => {} } });
    expect(extension).toMatchObject({ name: "health", apiVersion: 1 });
    expect(extension.server?.describe?.()).toEqual({
      port: 8_080,
      host: undefined,
      readyPath: "/readyz",
      livePath: "/livez",
      checks: ["db"],
      checkTimeoutMs: 1_000,
      maxLagMs: 1_000,
    });
  });

  it.each([
    [
      { ports: 1 },
      'health: unknown option "ports"; the options are port, host, readyPath, livePath, checks, checkTimeoutMs, maxLagMs',
    ],
    [{ port: 70_000 }, 'health: option "port" must be a whole number from 0 to 65535, got 70000'],
    [{ host: "::1" }, 'health: option "port" must be given with host, got undefined'],
    [{ readyPath: "ready" }, /health: option "readyPath" must be a path such as \/readyz.* got a text/],
    [{ livePath: "/readyz" }, 'health: option "livePath" must be another path than readyPath, got a text'],
    [{ checks: { db: true } }, 'health: option "checks.db" must be a function, got true'],
    [{ checks: [] }, 'health: option "checks" must be an object of functions, got an array'],
    [{ checkTimeoutMs: 60_001 }, 'health: option "checkTimeoutMs" must be at most 60000, got 60001'],
    [{ maxLagMs: 0 }, /health: option "maxLagMs" must be a time in milliseconds, .* got 0/],
    [null, "health: expected an object of options, got null"],
  ])("refuses wrong options, by name: %j", (options: unknown, message) => {
    const act = () => health(options as HealthOptions);
    expect(act).toThrow(TypeError);
    expect(act).toThrow(message);
  });
});

/** What is on its way in the same process takes some turns. */
async function settled(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const until = performance.now() + 5_000;
  while (!(await isSo()) && performance.now() < until) await new Promise(setImmediate);
  expect(await isSo()).toBe(true);
}
