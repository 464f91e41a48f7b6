import {
  Events,
  ExtensionSet,
  encodeText,
  type Message,
  NO_HEADERS,
  RpcError,
  type ServerEvents,
  type Transport,
  type TransportFeatures,
} from "@porthos-rpc/protocol";
import { extensionHost, ManualClock } from "@porthos-rpc/protocol/testing";
import { type MemoryBroker, memory, memoryBroker } from "@porthos-rpc/transport-memory";
import { describe, expect, it } from "vitest";
import { type DiscoverOptions, discover, discovery } from "./index.js";

/** Somebody who hears all questions and answers them in his way. */
async function stranger(broker: MemoryBroker, answer: (reply: (body: unknown, id?: string) => void) => void) {
  const transport = memory({ broker });
  await transport.subscribe("porthos.discovery.all", (question) =>
    answer((body, id) => reply(transport, question, body, id)),
  );
  return transport;
}

function reply(transport: Transport, question: Message, body: unknown, id = question.correlationId): void {
  transport.reply(question.replyTo ?? "", {
    body: encodeText(typeof body === "string" ? body : JSON.stringify(body)),
    contentType: undefined,
    correlationId: id,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
  });
}

async function server(broker: MemoryBroker, service: string): Promise<() => Promise<void>> {
  const transport = memory({ broker });
  await transport.ready();
  const set = new ExtensionSet("createServer", "server", new Events<ServerEvents>());
  set.add(discovery());
  const host = extensionHost({ service, transports: [transport] });
  await set.start([transport], host);
  return () => set.stop();
}

class Gate {
  open: () => void = () => {};
  readonly passed = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

const ping = (instance: string, more: object = {}) => ({ kind: "ping", service: "S", instance, ...more });

describe("discover", () => {
  it("has the answers of all, of one service, or of one instance", async () => {
    const broker = memoryBroker();
    for (const service of ["A", "A", "B"]) await server(broker, service);
    const transport = memory({ broker });
    const all = await discover(transport, { kind: "ping", expected: 3 }).all();
    expect(all.map(({ service }) => service).sort()).toEqual(["A", "A", "B"]);
    expect(await discover(transport, { kind: "ping", service: "A", expected: 2 }).all()).toHaveLength(2);
    const [{ instance = "" } = {}] = all;
    expect(await discover(transport, { kind: "ping", instance }).all()).toMatchObject([{ instance }]);
  });

  it("gives each answer as it comes, and may be left before its end", async () => {
    const broker = memoryBroker();
    for (const service of ["A", "B", "C"]) await server(broker, service);
    const clock = new ManualClock();
    const transport = memory({ broker });
    for await (const answer of discover(transport, { kind: "ping", clock })) {
      expect(answer.kind).toBe("ping");
      break;
    }
    expect([transport.state, clock.timerCount]).toEqual(["idle", 0]);
  });

  it("has no answers where nobody is, when its time is over, and leaves nothing behind", async () => {
    const transport = memory();
    const discovered = discover(transport, { kind: "ping", timeoutMs: 20 });
    expect(await discovered.all()).toEqual([]);
    expect([discovered.dropped, transport.state]).toEqual([0, "idle"]);
  });

  it("ends a while after the last answer, though not all have answered", async () => {
    const broker = memoryBroker();
    await server(broker, "A");
    // One that is frozen: it has heard the question, and says nothing.
    await stranger(broker, () => {});
    const discovered = discover(memory({ broker }), { kind: "ping", timeoutMs: 600_000, stallMs: 20 });
    expect(await discovered.all()).toMatchObject([{ service: "A" }]);
  });

  it("drops and counts what is no answer, is to another question, or comes again", async () => {
    const broker = memoryBroker();
    await stranger(broker, (answer) => {
      answer("{");
      answer({ kind: "ping", service: "S" });
      answer(ping("other"), "another question");
      answer(ping("1", { later: true }));
      answer(ping("1", { version: "forged" }));
      answer(ping("2"));
    });
    const discovered = discover(memory({ broker }), { kind: "ping", expected: 2 });
    expect(await discovered.all()).toEqual([ping("1"), ping("2")]);
    expect(discovered.dropped).toBe(4);
  });

  it("drops what comes from elsewhere than was asked", async () => {
    const broker = memoryBroker();
    const transport = memory({ broker });
    await transport.subscribe("porthos.discovery.service.T", (question) =>
      reply(transport, question, ping("1")),
    );
    const discovered = discover(memory({ broker }), { kind: "ping", service: "T", timeoutMs: 50 });
    expect([await discovered.all(), discovered.dropped]).toEqual([[], 1]);
  });

  it("fails with what the broker says of the topic, and with the topic's name", async () => {
    const transport = memory();
    const error = new RpcError("Config", "no write access to exchange 'amq.direct'");
    const publish: Transport["publish"] = (_topic, _message, listener) =>
      listener?.onOutcome({ kind: "refused", error });
    const discovered = discover(overridden(transport, { publish }), { kind: "ping", service: "T" });
    await expect(discovered.all()).rejects.toMatchObject({
      code: "Config",
      message: `discover: topic "porthos.discovery.service.T" over memory: it cannot be published to: ${error.message}`,
    });
    expect(transport.state).toBe("idle");
  });

  it("fails when the broker goes, after what had come by then", async () => {
    const broker = memoryBroker();
    await stranger(broker, (answer) => answer(ping("1")));
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const answer of discover(memory({ broker }), { kind: "ping", timeoutMs: 600_000 })) {
        seen.push(answer);
        broker.stop();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "Unavailable" });
    expect(seen).toHaveLength(1);
  });

  it("fails when the broker is away, within the transport's budget for a start", async () => {
    const broker = memoryBroker();
    broker.stop();
    const discovered = discover(memory({ broker, startTimeoutMs: 20 }), { kind: "ping" });
    await expect(discovered.all()).rejects.toMatchObject({ code: "Unavailable" });
  });

  it("fails when no inbox is opened in time, and closes one that is opened later", async () => {
    const clock = new ManualClock();
    const transport = memory();
    const [asked, opened, closed] = [new Gate(), new Gate(), new Gate()];
    const openInbox: Transport["openInbox"] = async () => {
      asked.open();
      await opened.passed;
      return { address: "a", epoch: 1, close: async () => closed.open() };
    };
    const all = discover(overridden(transport, { openInbox }), { kind: "ping", clock }).all();
    all.catch(() => {});
    await asked.passed;
    clock.advance(2_000);
    await expect(all).rejects.toThrow(/no inbox could be opened within 2000 ms/);
    opened.open();
    await closed.passed;
    expect([transport.state, clock.timerCount]).toEqual(["idle", 0]);
  });

  it("refuses a transport without topics, with both names", async () => {
    const transport = memory();
    const features: TransportFeatures = { ...transport.features, topics: false };
    await expect(discover(overridden(transport, { features }), { kind: "ping" }).all()).rejects.toThrow(
      new TypeError('discover needs "topics", which transport "memory" does not have'),
    );
    expect(transport.state).toBe("idle");
  });

  it("can be read once", async () => {
    const discovered = discover(memory(), { kind: "ping", timeoutMs: 1 });
    await discovered.all();
    await expect(discovered.all()).rejects.toThrow(new TypeError("discover: its answers can be read once"));
  });

  it.each<[unknown, string]>([
    [{}, 'discover: option "kind" must be one of ping, info, stats, spec, got null'],
    [{ kind: "all" }, 'discover: option "kind" must be one of ping, info, stats, spec, got a text'],
    [
      { kind: "ping", timeout: 1 },
      'discover: unknown option "timeout"; the options are kind, service, instance, timeoutMs, expected, stallMs, clock',
    ],
    [
      { kind: "ping", service: "" },
      'discover: option "service" must be a text that is not empty, got an empty text',
    ],
    [
      { kind: "ping", expected: 0 },
      'discover: option "expected" must be a whole number from 1 to 10000, got 0',
    ],
    [
      { kind: "ping", stallMs: -1 },
      'discover: option "stallMs" must be a time in milliseconds, more than 0 and at most 2147483647, got -1',
    ],
  ])("refuses wrong options, by name: %j", (options, message) => {
    expect(() => discover(memory(), options as DiscoverOptions)).toThrow(new TypeError(message));
  });

  it("refuses what is no transport", () => {
    const act = () => discover("memory:" as unknown as Transport, { kind: "ping" });
    expect(act).toThrow(new TypeError('discover: option "transport" must be a transport, got a text'));
  });
});

function overridden(transport: Transport, other: Partial<Transport>): Transport {
  return new Proxy(transport, {
    get: (target, name) => {
      const value: unknown = name in other ? Reflect.get(other, name) : Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
