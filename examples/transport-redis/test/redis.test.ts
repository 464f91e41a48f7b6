import { withRedis } from "@porthos-rpc/brokers/redis";
import {
  type Delivery,
  type Message,
  NO_HEADERS,
  type SendOutcome,
  type Transport,
} from "@porthos-rpc/protocol";
import { expect, onTestFinished, test, vi } from "vitest";
import { type RedisOptions, redisTransport } from "../src/index.js";

/** What the conformance suite cannot know: how this transport uses Redis, and what Redis does to it. */
await withRedis((server) => {
  async function up(options: Partial<RedisOptions> = {}): Promise<Transport> {
    const transport = redisTransport({ url: server.url, pollMs: 100, startTimeoutMs: 5_000, ...options });
    onTestFinished(() => transport.close());
    transport.acquire();
    await transport.ready();
    return transport;
  }

  async function consume(transport: Transport, queue: string, credit = 10): Promise<Delivery[]> {
    const deliveries: Delivery[] = [];
    await transport.consume(queue, { credit }, (delivery) => deliveries.push(delivery));
    return deliveries;
  }

  test("what a dead connection held goes to another consumer, though nothing else is sent", async () => {
    const [dying, other] = [await up(), await up()];
    const held: Delivery[] = [];
    const subscription = await dying.consume("dead", { credit: 1 }, (delivery) => held.push(delivery));
    expect(await sent(dying, "dead")).toEqual({ kind: "accepted" });
    await vi.waitFor(() => expect(held).toHaveLength(1));
    await subscription.cancel();
    const heir = await consume(other, "dead");
    expect(heir).toEqual([]);
    // In the order in which they connected.
    const [oldest = ""] = (await server.cli("CLIENT", "LIST", "TYPE", "pubsub")).split("\n");
    await server.cli("CLIENT", "KILL", "ID", /id=(\d+)/.exec(oldest)?.[1] ?? "");
    await vi.waitFor(() => expect(heir.map(({ redelivered }) => redelivered)).toEqual([true]), 5_000);
    held[0]?.accept();
    heir[0]?.accept();
    await vi.waitFor(async () => expect(await server.cli("XLEN", "porthos:queue:dead")).toBe("0"));
  });

  test("a delivery that was settled settles nothing when its message has come again", async () => {
    const transport = await up();
    const deliveries = await consume(transport, "twice", 1);
    await sent(transport, "twice");
    await vi.waitFor(() => expect(deliveries).toHaveLength(1));
    deliveries[0]?.release();
    await vi.waitFor(() => expect(deliveries).toHaveLength(2));
    deliveries[0]?.accept();
    await transport.close();
    expect(await server.cli("XLEN", "porthos:queue:twice")).toBe("1");
  });

  test("a queue that is full refuses as Overloaded", async () => {
    const transport = await up({ maxQueueLength: 1 });
    await consume(transport, "full", 1);
    expect(await sent(transport, "full")).toEqual({ kind: "accepted" });
    expect(await sent(transport, "full")).toMatchObject({ kind: "refused", error: { code: "Overloaded" } });
  });

  test("a Redis without memory refuses as Overloaded; deliveries go on, and can be settled", async () => {
    const transport = await up();
    const deliveries = await consume(transport, "memory", 1);
    for (let i = 0; i < 2; i++) expect(await sent(transport, "memory")).toEqual({ kind: "accepted" });
    await vi.waitFor(() => expect(deliveries).toHaveLength(1));
    onTestFinished(async () => void (await server.cli("CONFIG", "SET", "maxmemory", "0")));
    await server.cli("CONFIG", "SET", "maxmemory", "1");
    expect(await sent(transport, "memory")).toMatchObject({ kind: "refused", error: { code: "Overloaded" } });
    deliveries[0]?.accept();
    await vi.waitFor(() => expect(deliveries).toHaveLength(2));
  });

  test("a key of another type is no queue: consume fails with Config, a send is refused", async () => {
    const transport = await up();
    await server.cli("SET", "porthos:queue:text", "not a stream");
    await expect(consume(transport, "text")).rejects.toMatchObject({ code: "Config" });
    expect(await sent(transport, "text")).toMatchObject({ kind: "refused", error: { code: "Config" } });
  });

  test("an entry that is no message is told as quarantined, once, and holds up nobody", async () => {
    const transport = await up();
    const quarantined: string[] = [];
    transport.on("quarantined", ({ address }) => quarantined.push(address));
    const deliveries = await consume(transport, "foreign", 1);
    await server.cli("XADD", "porthos:queue:foreign", "*", "somebody", "else's");
    await sent(transport, "foreign");
    await vi.waitFor(() => expect(deliveries).toHaveLength(1));
    expect(quarantined).toEqual(["foreign"]);
  });

  test("a wrong password is Config, at once, and is not shown", async () => {
    const url = server.url.replace("//", "//nobody:secret@");
    const error: unknown = await redisTransport({ url })
      .ready()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "Config", message: expect.not.stringContaining("secret") });
  });

  test("a Redis that is frozen is given up, and the transport comes back when it is not", async () => {
    const transport = await up({ pollMs: 50 });
    const downs: string[] = [];
    transport.on("down", ({ reason }) => downs.push(reason.message));
    onTestFinished(() => server.thaw());
    server.freeze();
    await vi.waitFor(() => expect(downs[0]).toMatch("does not answer"), 5_000);
    server.thaw();
    await vi.waitFor(() => expect(transport.state).toBe("up"), 10_000);
  });

  test("scripts that somebody flushed are loaded again", async () => {
    const transport = await up();
    await consume(transport, "flushed");
    await server.cli("SCRIPT", "FLUSH");
    await vi.waitFor(
      async () => expect(await sent(transport, "flushed")).toEqual({ kind: "accepted" }),
      5_000,
    );
  });
});

function sent(transport: Transport, queue: string): Promise<SendOutcome> {
  const empty = { contentType: undefined, correlationId: undefined, replyTo: undefined, ttlMs: undefined };
  const message: Message = { body: new Uint8Array(1), headers: NO_HEADERS, durable: false, ...empty };
  return new Promise((resolve) => transport.send(queue, message, { onOutcome: resolve }));
}
