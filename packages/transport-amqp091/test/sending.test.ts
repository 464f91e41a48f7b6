import { Line } from "@porthos-rpc/brokers";
import { describeEachBroker } from "@porthos-rpc/brokers/vitest";
import type { HeaderValue } from "@porthos-rpc/protocol";
import type { ConsumeMessage } from "amqplib";
import { describe, expect, test } from "vitest";
import { Arrivals, consume, message, next, open, opened, peer, queueName, sent, text } from "./bench.js";

describeEachBroker("amqp091", (broker) => {
  const url = broker.url("amqp091");
  const isQpid = /qpid/i.test(broker.product);

  describe("outcomes", () => {
    test("what a queue got is accepted; what none got is unroutable, and returned is told", async () => {
      const transport = await opened({ url });
      const queue = queueName(url);
      await consume(transport, queue);
      expect(await sent(transport, queue, "hello")).toEqual({ kind: "accepted" });
      const returned = next(transport, "returned");
      expect(await sent(transport, "nobody-has-this", "lost")).toEqual({ kind: "unroutable" });
      const event = await returned;
      expect([event.address, text(event.message)]).toEqual(["nobody-has-this", "lost"]);
    });

    test.skipIf(isQpid)("a queue that is full refuses as Overloaded, not executed", async () => {
      const transport = await opened({ url });
      const { channel } = await peer(url);
      const queue = queueName(url);
      await channel.assertQueue(queue, { maxLength: 1, overflow: "reject-publish" });
      expect(await sent(transport, queue, "first")).toEqual({ kind: "accepted" });
      expect(await sent(transport, queue, "second")).toMatchObject({
        kind: "refused",
        error: { code: "Overloaded", executed: "no", retryable: true },
      });
    });

    test("a thousand sends at once, every tenth unroutable, each get their own outcome", async () => {
      const transport = await opened({ url });
      const queue = queueName(url);
      const { channel } = await peer(url);
      await channel.assertQueue(queue);
      const outcomes = await Promise.all(
        Array.from({ length: 1_000 }, (_, i) =>
          sent(transport, i % 10 === 0 ? `${queue}-not` : queue, String(i)),
        ),
      );
      expect(outcomes.map(({ kind }) => kind)).toEqual(
        outcomes.map((_, i) => (i % 10 === 0 ? "unroutable" : "accepted")),
      );
      expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 900 });
    });

    test("a listener that throws, or sends from within, harms no other outcome", async () => {
      const transport = await opened({ url });
      const degraded = next(transport, "degraded");
      transport.send("nobody", message(), {
        onOutcome: () => {
          throw new Error("gotcha");
        },
      });
      const inner = new Promise((resolve) => {
        transport.send("nobody", message(), {
          onOutcome: () => transport.send("nobody", message(), { onOutcome: resolve }),
        });
      });
      expect(await inner).toEqual({ kind: "unroutable" });
      expect((await degraded).reason.cause).toMatchObject({ message: "gotcha" });
      expect(transport.state).toBe("up");
    });

    test("while nothing is connected a send is unsent, at once", async () => {
      const outcomes: string[] = [];
      open({ url }).send("any", message(), { onOutcome: ({ kind }) => outcomes.push(kind) });
      expect(outcomes).toEqual(["unsent"]);
    });
  });

  describe("bounds", () => {
    test("what is beyond maxUnconfirmed is refused as Overloaded; what was taken gets its outcome later", async () => {
      await using line = await Line.open(url);
      const transport = await opened({ url: line.url, maxUnconfirmed: 3 });
      line.freeze();
      const taken = [1, 2, 3].map((i) => sent(transport, "nobody", String(i)));
      expect(await sent(transport, "nobody", "4")).toMatchObject({
        kind: "refused",
        error: { code: "Overloaded" },
      });
      line.thaw();
      expect(await Promise.all(taken)).toEqual(Array(3).fill({ kind: "unroutable" }));
      expect(await sent(transport, "nobody", "5")).toEqual({ kind: "unroutable" });
    });

    test("what is not confirmed in time is unknown and maybe executed; it still counts towards the bound", async () => {
      await using line = await Line.open(url);
      const transport = await opened({ url: line.url, confirmTimeoutMs: 50, maxUnconfirmed: 1 });
      line.freeze();
      expect(await sent(transport, "nobody", "1")).toMatchObject({
        kind: "unknown",
        error: { code: "Unavailable", executed: "maybe" },
      });
      expect(await sent(transport, "nobody", "2")).toMatchObject({ kind: "refused" });
      const returned = next(transport, "returned");
      line.thaw();
      await returned;
    });

    test("a body above maxMessageBytes is refused as TooLarge before anything is written", async () => {
      const transport = await opened({ url, maxMessageBytes: 10 });
      expect(await sent(transport, "nobody", "12345678901")).toMatchObject({
        kind: "refused",
        error: { code: "TooLarge", executed: "no" },
      });
      expect(await sent(transport, "nobody", "1234567890")).toEqual({ kind: "unroutable" });
    });
  });

  describe("the wire", () => {
    test("a request and a response travel as version 1 of the wire says, with no more than a message id beside", async () => {
      const transport = await opened({ url });
      const { channel } = await peer(url);
      const queue = queueName(url);
      await channel.assertQueue(queue);
      const received = new Arrivals<ConsumeMessage | null>();
      await channel.consume(queue, received.add, { noAck: true });
      const json = { body: new TextEncoder().encode("[1]"), contentType: "application/json" };
      const headers = new Map<string, HeaderValue>([["X-Method", "addOne"]]);
      await sent(
        transport,
        queue,
        message({ ...json, correlationId: "c1", replyTo: "r1", ttlMs: 60_000, headers }),
      );
      await sent(transport, queue, message({ ...json, headers, durable: true }));
      await sent(transport, queue, message({ correlationId: "c1", headers: new Map([["statusCode", 200]]) }));
      const [request, oneWay, response] = [
        await received.next(),
        await received.next(),
        await received.next(),
      ];
      expect(present(request)).toEqual({
        contentType: "application/json",
        correlationId: "c1",
        replyTo: "r1",
        // A point in time for Qpid, a time from now for everyone else.
        expiration: isQpid ? expect.stringMatching(/^\d{13}$/) : "60000",
        headers: { "X-Method": "addOne" },
        messageId: expect.stringMatching(/^\d+$/),
      });
      expect(present(oneWay)).toEqual({
        contentType: "application/json",
        headers: { "X-Method": "addOne" },
        deliveryMode: 2,
        messageId: expect.any(String),
      });
      expect(present(response)).toEqual({
        correlationId: "c1",
        headers: { statusCode: 200 },
        messageId: expect.any(String),
      });
    });

    test("what one turn sends is one write to the socket", async () => {
      const line = await Line.open(url);
      const transport = await opened({ url: line.url });
      const before = line.chunksToBroker;
      await Promise.all(Array.from({ length: 50 }, () => sent(transport, "nobody", "x")));
      expect(line.chunksToBroker - before).toBe(1);
      await transport.close();
      await line.close();
    });
  });

  test("a message that cannot be carried harms none that was sent before or after it", async () => {
    const transport = await opened({ url });
    const circular: Record<string, HeaderValue> = {};
    circular["self"] = circular;
    const bad = [
      { headers: new Map<string, HeaderValue>([["h", Number.NaN]]) },
      { headers: new Map<string, HeaderValue>([["h", circular]]) },
      { headers: new Map<string, HeaderValue>([["h", 1n as unknown as HeaderValue]]) },
      { headers: new Map<string, HeaderValue>([["h", (() => 1) as unknown as HeaderValue]]) },
      { headers: new Map<string, HeaderValue>([["h", "x".repeat(65_536)]]) },
      { headers: new Map<string, HeaderValue>([["CC", "no list"]]) },
      { correlationId: "x".repeat(256) },
      { replyTo: "x".repeat(256) },
      { ttlMs: 1.5 },
      { ttlMs: -1 },
      { ttlMs: 2 ** 40 },
      { body: "text" as unknown as Uint8Array },
    ];
    let downs = 0;
    transport.on("down", () => downs++);
    const outcomes = await Promise.all(
      bad.flatMap((part) => [sent(transport, "nobody", "good"), sent(transport, "nobody", message(part))]),
    );
    expect(outcomes.map(({ kind }) => kind)).toEqual(bad.flatMap(() => ["unroutable", "refused"]));
    expect(await sent(transport, "q".repeat(256), "x")).toMatchObject({
      kind: "refused",
      error: { code: "BadRequest" },
    });
    expect(await sent(transport, "", "x")).toMatchObject({ kind: "refused", error: { code: "BadRequest" } });
    expect(await sent(transport, "nobody", "good")).toEqual({ kind: "unroutable" });
    expect(downs).toBe(0);
  });
});

/** The properties that came, headers included. */
function present(delivery: ConsumeMessage | null): object {
  const { properties } = delivery as ConsumeMessage;
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}
