import { systemClock, type Transport } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { message } from "../test/messages.js";
import { send, settled } from "../test/stage.js";
import { memory, memoryBroker } from "./index.js";

const make = (options: object): Transport => memory(options as never);

describe("memory()", () => {
  it.each([
    ["latency", { latency: 1 }, 'unknown option "latency"; the options are clock, url, broker'],
    ["url", { url: "amqp://host" }, '"url" must be "memory:"'],
    ["url", { url: "memory://name" }, '"url" must be "memory:"'],
    ["url", { url: "memory:a b" }, '"url" must be "memory:"'],
    ["url", { url: 7 }, '"url" must be "memory:"'],
    ["broker", { broker: {} }, '"broker" must be one from memoryBroker()'],
    ["clock", { clock: Date }, '"clock" must be a clock'],
    ["clock", { clock: null }, '"clock" must be a clock'],
    ["startTimeoutMs", { startTimeoutMs: 0 }, '"startTimeoutMs" must be a time'],
    ["latencyMs", { latencyMs: -1 }, '"latencyMs" must be a whole number from 0 to 60000'],
    ["maxMessageBytes", { maxMessageBytes: 1.5 }, '"maxMessageBytes" must be a whole number'],
    ["maxQueueLength", { maxQueueLength: 0 }, '"maxQueueLength" must be a whole number from 1'],
    ["maxQueueBytes", { maxQueueBytes: "1 MiB" }, '"maxQueueBytes" must be a whole number'],
    [
      "maxUnconfirmed",
      { maxUnconfirmed: Number.POSITIVE_INFINITY },
      '"maxUnconfirmed" must be a whole number',
    ],
  ])("refuses a wrong %s at once, by name", (_, options, text) => {
    expect(() => make(options)).toThrow(TypeError);
    expect(() => make(options)).toThrow(text);
  });

  it("refuses what is no object of options", () => {
    expect(() => memory("memory:" as never)).toThrow(TypeError);
  });

  it("refuses a URL together with a broker", () => {
    expect(() => memory({ url: "memory:", broker: memoryBroker() })).toThrow(
      'give "url" or "broker", not both',
    );
  });

  it("refuses options of a broker for one that is shared: it has its own", () => {
    expect(() => memory({ broker: memoryBroker(), latencyMs: 5 })).toThrow(
      'option "latencyMs" is for a broker',
    );
    expect(() => memory({ url: "memory:", maxQueueLength: 5 })).toThrow(
      'option "maxQueueLength" is for a broker',
    );
  });

  it("holds no broker of a URL when it refuses an option", async () => {
    expect(() => memory({ url: "memory:options-test", startTimeoutMs: -1 })).toThrow(TypeError);
    const first = memory({ url: "memory:options-test" });
    await first.consume("q", { credit: 1 }, () => {});
    await first.close();
    const second = memory({ url: "memory:options-test" });
    await second.ready();
    expect((await send(second, "q", message(""))).kind).toBe("unroutable");
    await second.close();
  });

  it("takes the broker's clock unless it is given one", async () => {
    const clock = new ManualClock();
    const broker = memoryBroker({ clock });
    broker.stop();
    const transport = memory({ broker, startTimeoutMs: 50 });
    const failed = transport.ready().catch((error: Error) => error.message);
    await settled();
    clock.advance(50);
    expect(await failed).toContain("could not reach its broker within 50 ms: the broker is stopped");
    await transport.close();
    expect(clock.timerCount).toBe(0);
    expect(() => memory({ broker, clock: systemClock })).not.toThrow();
  });
});

describe("memoryBroker()", () => {
  it.each([
    [{ url: "memory:" }, 'unknown option "url"'],
    [{ startTimeoutMs: 1 }, 'unknown option "startTimeoutMs"'],
    [{ maxQueueLength: 1e9 }, '"maxQueueLength" must be a whole number from 1 to 10000000'],
  ])("refuses %j at once, by name", (options, text) => {
    expect(() => memoryBroker(options as never)).toThrow(TypeError);
    expect(() => memoryBroker(options as never)).toThrow(text);
  });
});

describe("consume() and subscribe()", () => {
  it.each([
    ["an empty queue", (t: Transport) => t.consume("", { credit: 1 }, () => {})],
    ["a queue of 256 bytes", (t: Transport) => t.consume("q".repeat(256), { credit: 1 }, () => {})],
    ["no credit", (t: Transport) => t.consume("q", {} as never, () => {})],
    ["a credit of 0", (t: Transport) => t.consume("q", { credit: 0 }, () => {})],
    ["a credit of 65,536", (t: Transport) => t.consume("q", { credit: 65_536 }, () => {})],
    ["an unknown option", (t: Transport) => t.consume("q", { credit: 1, prefetch: 1 } as never, () => {})],
    ["no handler", (t: Transport) => t.consume("q", { credit: 1 }, undefined as never)],
    ["an empty topic", (t: Transport) => t.subscribe("", () => {})],
    ["no listener", (t: Transport) => t.subscribe("t", {} as never)],
  ])("reject %s with a TypeError, and open nothing", async (_, act) => {
    const transport = memory();
    await expect(act(transport)).rejects.toThrow(TypeError);
    expect(transport.state).toBe("idle");
    await transport.close();
  });
});
