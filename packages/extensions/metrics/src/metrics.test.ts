import {
  Events,
  ExtensionSet,
  RpcError,
  type SendOutcome,
  type ServerEvents,
  UNROUTABLE,
  UNSENT,
} from "@porthos-rpc/protocol";
import { memory } from "@porthos-rpc/transport-memory";
import { describe, expect, it } from "vitest";
import { answered, ScriptedHost } from "../test/scripted-host.js";
import { type MetricsOptions, metrics } from "./index.js";

const FULL: SendOutcome = { kind: "refused", error: new RpcError("Overloaded", "the queue is full") };
const UNKNOWN: SendOutcome = { kind: "unknown", error: new RpcError("Unavailable", "lost") };

/** A server on which the extension is installed. */
async function installed(options: MetricsOptions = {}) {
  const host = new ScriptedHost();
  const events = new Events<ServerEvents>();
  const errors: unknown[] = [];
  events.on("extensionError", (error) => errors.push(error));
  const set = new ExtensionSet("createServer", "server", events);
  const extension = metrics(options);
  set.add(extension);
  await set.start([memory()], host);
  const answer = (...methods: string[]): void => {
    for (const method of methods) events.emit("outgoing", answered(method));
  };
  const counts = (): unknown => {
    const told = extension.server?.describe?.() as Record<string, number> | undefined;
    return { shipped: told?.["shipped"], waiting: told?.["waiting"], dropped: told?.["dropped"] };
  };
  /** The methods of each message. */
  const shipments = (): string[] =>
    host.shipments.map((entries) =>
      (entries as { methodName: string }[]).map(({ methodName }) => methodName).join(" "),
    );
  return { host, set, events, errors, extension, answer, counts, shipments };
}

describe("metrics", () => {
  it("ships service, method, nanoseconds and status of each request, in the seed's form and order", async () => {
    const { host, events } = await installed({ bufferSize: 2 });
    events.emit("outgoing", answered("addOne", 1.5, 200));
    events.emit("outgoing", answered("divide", 0.000_000_4, 404));
    await host.advance(0);
    const [sent] = host.sent;
    expect(new TextDecoder().decode(sent?.message.body)).toBe(
      '[{"serviceName":"CalculatorService","methodName":"addOne","responsetime":1500000,"statusCode":200},' +
        '{"serviceName":"CalculatorService","methodName":"divide","responsetime":0,"statusCode":404}]',
    );
    expect(sent?.queue).toBe("porthos.metrics");
    expect(sent?.message).toMatchObject({
      contentType: "application/json",
      correlationId: undefined,
      replyTo: undefined,
      ttlMs: undefined,
      headers: new Map(),
      durable: false,
    });
  });

  it("ships as soon as there are enough, and not in the turn of the call that was the last", async () => {
    const { host, answer, shipments } = await installed({ bufferSize: 3 });
    answer("a", "b", "c", "d");
    expect(host.sent).toEqual([]);
    await host.advance(0);
    expect(shipments()).toEqual(["a b c"]);
  });

  it("ships fewer when the oldest has waited long enough, by one timer and none while there is nothing", async () => {
    const { host, answer, shipments } = await installed({ intervalMs: 500 });
    expect(host.clock.timerCount).toBe(0);
    answer("a");
    await host.advance(400);
    answer("b");
    expect(host.clock.timerCount).toBe(1);
    await host.advance(99);
    expect(shipments()).toEqual([]);
    await host.advance(1);
    expect(shipments()).toEqual(["a b"]);
    expect(host.clock.timerCount).toBe(0);
    answer("c");
    await host.advance(500);
    expect(shipments()).toEqual(["a b", "c"]);
  });

  it("ships one message at a time, and goes on at once when there are enough again", async () => {
    const { host, answer, shipments, counts } = await installed({ bufferSize: 2 });
    host.outcome = undefined;
    answer("a", "b", "c", "d", "e");
    await host.advance(60_000);
    expect(shipments()).toEqual(["a b"]);
    expect(counts()).toEqual({ shipped: 0, waiting: 5, dropped: 0 });
    host.settle({ kind: "accepted" });
    await host.advance(0);
    expect(shipments()).toEqual(["a b", "c d"]);
  });

  it.each([
    ["missing", UNROUTABLE],
    ["full", FULL],
    ["out of reach", UNSENT],
  ])(
    "keeps what could not be shipped while the queue is %s, tries again less and less often, and loses nothing",
    async (_why, outcome) => {
      const { host, answer, shipments, counts } = await installed({ bufferSize: 2 });
      host.outcome = outcome;
      answer("a", "b", "c");
      for (const delayMs of [0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
        const before = host.sent.length;
        await host.advance(Math.max(0, delayMs - 1));
        expect(host.sent.length - before).toBe(delayMs === 0 ? 1 : 0);
        if (delayMs > 0) await host.advance(1);
        expect(host.sent.length - before).toBe(1);
      }
      expect(new Set(shipments())).toEqual(new Set(["a b"]));
      expect(counts()).toEqual({ shipped: 0, waiting: 3, dropped: 0 });
      host.outcome = { kind: "accepted" };
      await host.advance(70_000);
      expect(shipments().slice(-2)).toEqual(["a b", "c"]);
      expect(counts()).toEqual({ shipped: 3, waiting: 0, dropped: 0 });
    },
  );

  it("drops the oldest when too many wait, and counts them", async () => {
    const { host, answer, shipments, counts } = await installed({ bufferSize: 2, maxEntries: 3 });
    host.outcome = UNROUTABLE;
    answer("a", "b");
    await host.advance(0);
    answer("c", "d", "e");
    expect(counts()).toEqual({ shipped: 0, waiting: 3, dropped: 2 });
    host.outcome = { kind: "accepted" };
    await host.advance(20_000);
    expect(shipments().slice(1)).toEqual(["c d", "e"]);
  });

  it("drops those of a message that did not come back in time for the room that it had", async () => {
    const { host, answer, counts } = await installed({ bufferSize: 2, maxEntries: 3 });
    host.outcome = undefined;
    answer("a", "b");
    await host.advance(0);
    answer("c", "d", "e");
    host.settle(UNROUTABLE);
    await host.advance(0);
    expect(counts()).toEqual({ shipped: 0, waiting: 3, dropped: 2 });
  });

  it("does not ship again what the broker may have: it would count twice", async () => {
    const { host, answer, shipments, counts } = await installed({ bufferSize: 1 });
    host.outcome = UNKNOWN;
    answer("a");
    await host.advance(0);
    host.outcome = { kind: "accepted" };
    answer("b");
    await host.advance(1_000);
    expect(shipments()).toEqual(["a", "b"]);
    expect(counts()).toEqual({ shipped: 1, waiting: 0, dropped: 1 });
  });

  it("goes on by the interval after a failure that left nothing to ship", async () => {
    const { host, answer, shipments } = await installed({ bufferSize: 5, intervalMs: 100 });
    host.outcome = UNKNOWN;
    answer("a");
    await host.advance(5_000);
    host.outcome = { kind: "accepted" };
    answer("b");
    await host.advance(100);
    expect(shipments()).toEqual(["a", "b"]);
  });

  it("ships what is left when it stops, in messages of the usual size, and leaves no timer", async () => {
    const { host, set, answer, shipments, counts } = await installed({ bufferSize: 2 });
    answer("a", "b", "c", "d", "e");
    await set.stop();
    expect(shipments()).toEqual(["a b", "c d", "e"]);
    expect(counts()).toEqual({ shipped: 5, waiting: 0, dropped: 0 });
    expect(host.clock.timerCount).toBe(0);
    await host.advance(60_000);
    expect(host.sent).toHaveLength(3);
  });

  it("waits 1 s at most when it stops; what is not shipped by then is counted as dropped", async () => {
    const { host, set, answer, counts, errors } = await installed({ bufferSize: 2 });
    host.outcome = undefined;
    answer("a", "b", "c");
    await host.advance(0);
    let isStopped = false;
    const stopping = set.stop().then(() => {
      isStopped = true;
    });
    await host.advance(999);
    expect(isStopped).toBe(false);
    await host.advance(1);
    await stopping;
    expect(counts()).toEqual({ shipped: 0, waiting: 0, dropped: 3 });
    host.settle({ kind: "accepted" });
    await host.advance(60_000);
    expect(counts()).toEqual({ shipped: 0, waiting: 0, dropped: 3 });
    expect([host.clock.timerCount, errors]).toEqual([0, []]);
  });

  it("counts what cannot be shipped when it stops", async () => {
    const { host, set, answer, counts } = await installed({ bufferSize: 2 });
    host.outcome = UNSENT;
    answer("a", "b", "c");
    await host.advance(0);
    await set.stop();
    expect(counts()).toEqual({ shipped: 0, waiting: 0, dropped: 3 });
    expect(host.clock.timerCount).toBe(0);
  });

  it("starts again after it was stopped, and is part of one server at a time", async () => {
    const { host, set, answer, shipments, extension } = await installed({ bufferSize: 1 });
    const other = new ExtensionSet("createServer", "server", new Events<ServerEvents>());
    other.add(extension);
    await expect(other.start([memory()], new ScriptedHost())).rejects.toThrow(
      "metrics: it is part of a server already; make one for each server",
    );
    await set.stop();
    await set.start([memory()], host);
    answer("a");
    await host.advance(0);
    expect(shipments()).toEqual(["a"]);
  });

  it("says its name, what it is set to, and what it has done", async () => {
    const extension = metrics({ bufferSize: 20_000 / 2 });
    expect(extension).toMatchObject({ name: "metrics", apiVersion: 1 });
    expect(extension.server?.describe?.()).toEqual({
      queue: "porthos.metrics",
      bufferSize: 10_000,
      intervalMs: 10_000,
      maxEntries: 10_000,
      shipped: 0,
      waiting: 0,
      dropped: 0,
    });
    expect(extension.client).toBeUndefined();
  });

  it.each([
    [
      { buffersize: 5 },
      'metrics: unknown option "buffersize"; the options are bufferSize, intervalMs, maxEntries',
    ],
    [{ bufferSize: 0 }, 'metrics: option "bufferSize" must be a whole number from 1 to 10000, got 0'],
    [
      { intervalMs: "1s" },
      'metrics: option "intervalMs" must be a time in milliseconds, more than 0 and at most 2147483647, got a text',
    ],
    [
      { bufferSize: 200, maxEntries: 100 },
      'metrics: option "maxEntries" must be a whole number from 200 to 1000000, got 100',
    ],
    [null, "metrics: expected an object of options, got null"],
  ])("refuses wrong options, by name: %j", (options: unknown, message) => {
    expect(() => metrics(options as MetricsOptions)).toThrow(new TypeError(message));
  });
});
