import { describeEachBroker } from "@porthos-rpc/brokers/vitest";
import type { Delivery, Message } from "@porthos-rpc/protocol";
import type { ConsumeMessage } from "amqplib";
import { expect, test } from "vitest";
import { Arrivals, consume, message, next, opened, peer, queueName, replied, sent, text } from "./bench.js";

/** Well formed, but no node has this number: no check can tell it from a good one. */
const DEAD_TOKEN = `amq.rabbitmq.reply-to.${Buffer.concat([
  Buffer.from([131, 88, 118, 0, 7]),
  Buffer.from("reply@1"),
  Buffer.alloc(12),
]).toString("base64")}.4wI2owydlOxiZD99asGCIA==`;

describeEachBroker("amqp091", (broker) => {
  const url = broker.url("amqp091");
  const isQpid = /qpid/i.test(broker.product);

  test("a request goes to a queue and its reply to the inbox that it names", async () => {
    const client = await opened({ url });
    const server = await opened({ url });
    const queue = queueName(url);
    const deliveries = await consume(server, queue);
    const replies = new Arrivals<Message>();
    const inbox = await client.openInbox({ onMessage: replies.add });
    await sent(client, queue, message({ replyTo: inbox.address, correlationId: "c1" }));
    const request = await deliveries.next();
    expect(await replied(server, request.message.replyTo as string, "pong")).toEqual({ kind: "accepted" });
    request.accept();
    expect(text(await replies.next())).toBe("pong");
  });

  test("a reply to an inbox that is gone is unroutable", async () => {
    const client = await opened({ url });
    const server = await opened({ url });
    const inbox = await client.openInbox({ onMessage: () => {} });
    const address = inbox.address as string;
    await inbox.close();
    expect(await replied(server, address, "late")).toEqual({ kind: "unroutable" });
  });

  test.skipIf(isQpid)("a foreign client's direct reply-to address gets its reply", async () => {
    const server = await opened({ url });
    const { channel } = await peer(url);
    const queue = queueName(url);
    const deliveries: Arrivals<Delivery> = await consume(server, queue);
    const replies = new Arrivals<ConsumeMessage | null>();
    await channel.consume("amq.rabbitmq.reply-to", replies.add, { noAck: true });
    channel.sendToQueue(queue, Buffer.from("x"), { replyTo: "amq.rabbitmq.reply-to" });
    const request = await deliveries.next();
    request.accept();
    expect(request.message.replyTo).toMatch(/^amq\.rabbitmq\.reply-to\../);
    expect(await replied(server, request.message.replyTo as string, "pong")).toEqual({ kind: "accepted" });
    expect((await replies.next())?.content.toString()).toBe("pong");
  });

  test("a forged direct reply-to address is refused and costs no connection", async () => {
    const server = await opened({ url });
    for (const address of [
      "amq.rabbitmq.reply-to.AAAA.AAAA",
      "amq.rabbitmq.reply-to",
      "amq.rabbitmq.reply-to.x",
    ]) {
      expect(await replied(server, address, "x")).toMatchObject({
        kind: "refused",
        error: { code: "BadRequest" },
      });
    }
    expect(await replied(server, "nobody", "x")).toEqual({ kind: "unroutable" });
  });

  test("a long reply address of any script costs no connection", async () => {
    const server = await opened({ url });
    const downs: unknown[] = [];
    server.on("down", (event) => downs.push(event));
    const outcome = await replied(server, "\u{1f9ee}".repeat(63), "x");
    // Qpid would end the connection if it had to return it.
    expect(outcome.kind).toBe(isQpid ? "accepted" : "unroutable");
    expect(await replied(server, "nobody", "x")).toEqual({ kind: "unroutable" });
    expect(downs).toEqual([]);
  });

  test("one that crashes the broker's side of the connection is not tried again at once, and sending goes on", async () => {
    const server = await opened({ url });
    const outcome = await replied(server, DEAD_TOKEN, "x");
    // Later versions of RabbitMQ drop it instead.
    if (outcome.kind !== "unknown") return;
    if (server.state !== "up") await next(server, "up");
    expect(await replied(server, DEAD_TOKEN, "x")).toMatchObject({
      kind: "refused",
      error: { code: "Unavailable" },
    });
    expect(await replied(server, "nobody", "x")).toEqual({ kind: "unroutable" });
  });
});
