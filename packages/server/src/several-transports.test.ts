import {
  encodeRequest,
  type Message,
  methodHeaders,
  NO_BODY,
  statusOf,
  type Transport,
} from "@porthos-rpc/protocol";
import { type MemoryBroker, memory, memoryBroker } from "@porthos-rpc/transport-memory";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createServer, type Handler, RpcError, type Server, type ServerOptions } from "./index.js";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

function open<T extends { close(): Promise<void> }>(closable: T): T {
  opened.push(closable);
  return closable;
}

/** An id such as our clients give. */
const ID = `${"0123456789abcdef".repeat(2)}.1.mjuohsrs.0123456789a`;

/** A server on two brokers, which does not listen yet. */
function pair(
  handler: Handler,
  options: Partial<ServerOptions> = {},
): { server: Server; brokers: [MemoryBroker, MemoryBroker]; transports: Transport[] } {
  const brokers: [MemoryBroker, MemoryBroker] = [memoryBroker(), memoryBroker()];
  const transport = brokers.map((broker) => open(memory({ broker, startTimeoutMs: 50 })));
  const server = open(createServer({ transport, service: "S", ...options }));
  server.register("m", handler);
  return { server, brokers, transports: transport };
}

/** A caller made of a transport alone, which says itself what a call's id is. */
async function caller(broker: MemoryBroker): Promise<(id: string) => Promise<Message>> {
  const transport = open(memory({ broker }));
  const waiting = new Map<string | undefined, (reply: Message) => void>();
  const inbox = await transport.openInbox({
    onMessage: (message) => waiting.get(message.correlationId)?.(message),
  });
  return (correlationId) =>
    new Promise((resolve) => {
      waiting.set(correlationId, resolve);
      const request = { method: "m", contentType: undefined, body: NO_BODY, headers: undefined };
      const reply = { correlationId, replyTo: inbox.address as string, ttlMs: 5_000 };
      transport.send("S", encodeRequest(request, methodHeaders("m"), reply));
    });
}

function gate(): { opened: Promise<void>; open: () => void } {
  let unlock = (): void => {};
  const promise = new Promise<void>((resolve) => {
    unlock = resolve;
  });
  return { opened: promise, open: unlock };
}

describe("a server with several transports", () => {
  it("listens on all of them, and answers over the one that a request came by", async () => {
    const { server, brokers } = pair((_request, response) => response.empty(204));
    await server.listen();
    for (const broker of brokers) expect(statusOf(await (await caller(broker))(ID + broker))).toBe(204);
  });

  it("runs no more than maxInFlight at a time, over all of them", async () => {
    const doors = gate();
    let [running, most] = [0, 0];
    const { server, brokers } = pair(
      async () => {
        most = Math.max(most, ++running);
        await doors.opened;
        running--;
      },
      { maxInFlight: 2 },
    );
    await server.listen();
    const calls: Promise<Message>[] = [];
    for (const [which, broker] of brokers.entries()) {
      const call = await caller(broker);
      for (let i = 0; i < 3; i++) calls.push(call(`call-${which}-${i}`));
    }
    await vi.waitFor(() => expect(running).toBe(2));
    doors.open();
    await Promise.all(calls);
    expect(most).toBe(2);
  });

  it("runs a request that comes by both once, and answers both", async () => {
    const doors = gate();
    let runs = 0;
    const { server, brokers } = pair(async (_request, response) => {
      runs++;
      await doors.opened;
      response.json(200, runs);
    });
    const duplicates: unknown[] = [];
    server.on("duplicate", (event) => duplicates.push(event));
    await server.listen();
    const [one, other] = [await caller(brokers[0]), await caller(brokers[1])];
    const first = one(ID);
    await vi.waitFor(() => expect(runs).toBe(1));
    const second = other(ID);
    await vi.waitFor(() => expect(duplicates).toEqual([{ service: "S", correlationId: ID }]));
    doors.open();
    expect((await first).body).toEqual((await second).body);
    // And one that was answered long ago is answered alike.
    expect((await (await caller(brokers[1]))(ID)).body).toEqual((await first).body);
    expect(runs).toBe(1);
    expect(duplicates).toHaveLength(2);
  });

  it("does not take for the same what has the same id of a peer that uses ids again", async () => {
    let runs = 0;
    const { server, brokers } = pair(() => ++runs);
    await server.listen();
    for (const broker of brokers) await (await caller(broker))("0xc000123456");
    expect(runs).toBe(2);
  });

  it("listens where it can when a broker is away, says so, and joins that one when it is there", async () => {
    const { server, brokers } = pair((_request, response) => response.empty(204));
    const degraded: { transport: string; reason: RpcError }[] = [];
    server.on("degraded", (event) => degraded.push(event));
    brokers[1].stop();
    await server.listen();
    expect(degraded).toMatchObject([{ transport: "memory", reason: { code: "Unavailable" } }]);
    expect(statusOf(await (await caller(brokers[0]))(ID))).toBe(204);
    brokers[1].start();
    await vi.waitFor(() => expect(brokers[1].queue("S")).toMatchObject({ consumers: 1 }));
    expect(statusOf(await (await caller(brokers[1]))(`${ID}2`))).toBe(204);
    expect(degraded).toHaveLength(1);
  });

  it("goes on without the one that was closed, and closes itself with the last", async () => {
    const { server, brokers, transports } = pair((_request, response) => response.empty(204));
    const degraded: { reason: RpcError }[] = [];
    server.on("degraded", (event) => degraded.push(event));
    await server.listen();
    const call = await caller(brokers[1]);
    await transports[0]?.close();
    expect(degraded).toMatchObject([{ reason: { code: "Closed" } }]);
    expect(statusOf(await call(ID))).toBe(204);
    await transports[1]?.close();
    await server.closed;
    expect(degraded).toMatchObject([{ reason: { code: "Closed" } }, { reason: { code: "Closed" } }]);
  });

  it("closes itself when the one that it serves over was closed and the other refuses it", async () => {
    const [good, refusing] = [open(memory()), open(memory({ startTimeoutMs: 20 }))];
    const consume = vi.fn(() => Promise.reject(new RpcError("Unavailable", "not yet")));
    const server = open(
      createServer({ transport: [good, Object.assign(refusing, { consume })], service: "S" }),
    );
    const degraded: string[] = [];
    server.on("degraded", ({ reason }) => degraded.push(reason.code));
    await server.listen();
    consume.mockRejectedValue(new RpcError("Config", "not allowed"));
    await vi.waitFor(() => expect(degraded).toEqual(["Unavailable", "Config"]));
    await good.close();
    await server.closed;
    expect(degraded).toEqual(["Unavailable", "Config", "Closed"]);
  });

  it("does not listen when no broker is there, and may try again", async () => {
    const { server, brokers } = pair(() => {});
    for (const broker of brokers) broker.stop();
    await expect(server.listen()).rejects.toMatchObject({ code: "Unavailable" });
    for (const broker of brokers) broker.start();
    await server.listen();
  });

  it("does not listen when one of them never will", async () => {
    const { server, brokers } = pair(() => {});
    const [transport] = [open(memory({ broker: brokers[0] }))];
    const broken = Object.assign(open(memory()), {
      consume: () => Promise.reject(new RpcError("Config", "not allowed")),
    });
    const other = open(createServer({ transport: [transport, broken], service: "T" }));
    await expect(other.listen()).rejects.toMatchObject({ code: "Config" });
    expect(brokers[0].queue("T")).toMatchObject({ consumers: 0 });
    await server.close();
  });

  it("finishes what it has from all of them when it is shut down, and leaves them idle", async () => {
    const doors = gate();
    let running = 0;
    const { server, brokers } = pair(async (_request, response) => {
      running++;
      await doors.opened;
      response.empty(204);
    });
    await server.listen();
    const calls = [(await caller(brokers[0]))("a"), (await caller(brokers[1]))("b")];
    await vi.waitFor(() => expect(running).toBe(2));
    const closed = server.shutdown();
    doors.open();
    expect((await Promise.all(calls)).map(statusOf)).toEqual([204, 204]);
    await closed;
    for (const broker of brokers) expect(broker.queue("S")).toMatchObject({ consumers: 0, messages: 0 });
  });
});
