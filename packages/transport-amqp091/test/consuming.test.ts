import { Line } from "@porthos-rpc/brokers";
import { describeEachBroker } from "@porthos-rpc/brokers/vitest";
import type { Delivery, RpcError } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import {
  Arrivals,
  consume,
  deleteQueue,
  message,
  next,
  opened,
  peer,
  queueName,
  sent,
  text,
} from "./bench.js";
import { nestedTable, publishRaw } from "./raw-frames.js";

describeEachBroker("amqp091", (broker) => {
  const url = broker.url("amqp091");
  const isQpid = /qpid/i.test(broker.product);

  describe("the service's queue", () => {
    test("is declared durable and without arguments, as peers in other languages declare it", async () => {
      const transport = await opened({ url });
      const queue = queueName(url);
      await consume(transport, queue);
      const { channel } = await peer(url);
      await channel.assertQueue(queue, { durable: true });
    });

    // Qpid knows no x-max-length, and closes connections where RabbitMQ closes channels.
    test.skipIf(isQpid)(
      "that exists in another shape is a Config error with its name, the broker's words and what to do",
      async () => {
        const transport = await opened({ url });
        const queue = queueName(url);
        const { channel } = await peer(url);
        await channel.assertQueue(queue, { maxLength: 5 });
        const failure = await consume(transport, queue).catch((error: unknown) => error as RpcError);
        expect(failure).toMatchObject({ code: "Config", executed: "no" });
        expect((failure as RpcError).message).toContain(`queue "${queue}"`);
        expect((failure as RpcError).message).toMatch(/x-max-length.*queueMode: "passive"/s);
        expect(await sent(transport, "nobody", "x")).toEqual({ kind: "unroutable" });
      },
    );

    test.skipIf(isQpid)("is taken in whatever shape it has when queueMode is passive", async () => {
      const transport = await opened({ url, queueMode: "passive" });
      const queue = queueName(url);
      const { channel } = await peer(url);
      await channel.assertQueue(queue, { maxLength: 5 });
      const deliveries = await consume(transport, queue);
      await sent(transport, queue, "hello");
      expect(text((await deliveries.next()).message)).toBe("hello");
    });

    test("that is missing is a Config error when queueMode is passive", async () => {
      const transport = await opened({ url, queueMode: "passive" });
      await expect(consume(transport, queueName(url))).rejects.toMatchObject({
        code: "Config",
        message: expect.stringContaining('queueMode: "declare"'),
      });
    });

    test.skipIf(isQpid)("that another connection has for itself is a Config error", async () => {
      const transport = await opened({ url });
      const queue = queueName(url);
      const { channel } = await peer(url);
      await channel.assertQueue(queue, { exclusive: true });
      await expect(consume(transport, queue)).rejects.toMatchObject({ code: "Config" });
    });
  });

  describe("settling", () => {
    test("in any order settles exactly what was settled", async () => {
      const first = await opened({ url });
      const queue = queueName(url);
      const deliveries = await consume(first, queue, 20);
      for (let i = 0; i < 20; i++) await sent(first, queue, String(i));
      const taken: Delivery[] = [];
      for (let i = 0; i < 20; i++) taken.push(await deliveries.next());
      for (const i of [19, 3, 0, 1, 7, 2, 11]) taken[i]?.accept();
      taken[4]?.reject();
      taken[3]?.release();
      await first.close();
      const second = await opened({ url });
      const left = await consume(second, queue, 20);
      const bodies: string[] = [];
      for (let i = 0; i < 12; i++) bodies.push(text((await left.next()).message));
      expect(bodies.map(Number).sort((a, b) => a - b)).toEqual([5, 6, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18]);
    });

    test("a delivery whose connection is lost is delivered again, and settling the old one harms nothing", async () => {
      await using line = await Line.open(url);
      const transport = await opened({ url: line.url });
      const queue = queueName(url);
      const deliveries = await consume(transport, queue, 1);
      await sent(transport, queue, "once");
      const old = await deliveries.next();
      line.cut();
      const again = await deliveries.next();
      expect([text(again.message), again.redelivered]).toEqual(["once", true]);
      old.accept();
      again.accept();
      if (transport.state !== "up") await next(transport, "up");
      await sent(transport, queue, "twice");
      expect(text((await deliveries.next()).message)).toBe("twice");
      await transport.close();
    });
  });

  describe("cancel()", () => {
    test("ends deliveries; those that were handed out can still be settled", async () => {
      const transport = await opened({ url });
      const queue = queueName(url);
      const deliveries = new Arrivals<Delivery>();
      const subscription = await transport.consume(queue, { credit: 2 }, deliveries.add);
      for (const body of ["a", "b", "c"]) await sent(transport, queue, body);
      const [a, b] = [await deliveries.next(), await deliveries.next()];
      await subscription.cancel();
      await subscription.cancel();
      a.accept();
      b.release();
      const other = await consume(await opened({ url }), queue);
      const rest = [await other.next(), await other.next()].map(({ message: each }) => text(each));
      expect(rest.sort()).toEqual(["b", "c"]);
      expect(deliveries.all).toHaveLength(2);
    });
  });

  // Qpid does not tell consumers.
  test.skipIf(isQpid)(
    "a queue that is deleted under its consumer is declared and consumed again, and told",
    async () => {
      const transport = await opened({ url });
      const queue = queueName(url);
      const deliveries = new Arrivals<Delivery>();
      const told = new Arrivals<RpcError>();
      await transport.consume(queue, { credit: 1, onDegraded: told.add }, deliveries.add);
      const degraded = next(transport, "degraded");
      await deleteQueue(url, queue);
      expect((await told.next()).message).toContain("was deleted");
      expect((await degraded).what).toContain(queue);
      expect((await told.next()).message).toContain("is consumed again");
      await sent(transport, queue, "hello");
      expect(text((await deliveries.next()).message)).toBe("hello");
      expect(transport.state).toBe("up");
    },
  );

  test("a header table nested 4,000 deep costs that one message, and no connection", async () => {
    const transport = await opened({ url });
    const queue = queueName(url);
    const deliveries = await consume(transport, queue, 1);
    const { channel } = await peer(url);
    let lost = 0;
    transport.on("down", () => lost++);
    transport.on("degraded", () => lost++);
    const quarantined = next(transport, "quarantined");
    publishRaw(channel, queue, nestedTable(4_000), "poison");
    channel.sendToQueue(queue, Buffer.from("good"));
    expect((await quarantined).address).toBe(queue);
    const good = await deliveries.next();
    expect(text(good.message)).toBe("good");
    good.accept();
    await transport.close();
    expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 0 });
    expect(lost).toBe(0);
  });

  test("poison in an inbox costs no connection either", async () => {
    const transport = await opened({ url });
    const replies = new Arrivals<unknown>();
    const inbox = await transport.openInbox({ onMessage: replies.add });
    const { channel } = await peer(url);
    const quarantined = next(transport, "quarantined");
    publishRaw(channel, inbox.address as string, nestedTable(4_000), "poison");
    channel.sendToQueue(inbox.address as string, Buffer.from("good"));
    await quarantined;
    await replies.next();
    expect([replies.all.length, inbox.epoch]).toEqual([1, 1]);
  });

  test("headers called __proto__ and constructor are data", async () => {
    const transport = await opened({ url });
    const queue = queueName(url);
    const deliveries = await consume(transport, queue, 1);
    const table = Object.assign(Object.create(null), { constructor: "c" });
    Object.defineProperty(table, "__proto__", { value: { polluted: true }, enumerable: true });
    const { channel } = await peer(url);
    channel.sendToQueue(queue, Buffer.from("x"), { headers: table });
    const { headers } = (await deliveries.next()).message;
    expect([...headers.keys()].sort()).toEqual(["__proto__", "constructor"]);
    expect(headers.get("X-Method")).toBeUndefined();
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("topics: every subscriber hears what is published while it listens, and wildcards are plain characters", async () => {
    const publisher = await opened({ url });
    const subscriber = await opened({ url });
    const topic = `news.${queueName(url)}`;
    const [one, two, star] = [new Arrivals<string>(), new Arrivals<string>(), new Arrivals<string>()];
    const subscription = await subscriber.subscribe(topic, (each) => one.add(text(each)));
    await subscriber.subscribe(topic, (each) => two.add(text(each)));
    await subscriber.subscribe("news.#", (each) => star.add(text(each)));
    const publish = (to: string, body: string): void => publisher.publish(to, message(body));
    publish(topic, "a");
    expect([await one.next(), await two.next()]).toEqual(["a", "a"]);
    await subscription.cancel();
    publish(topic, "b");
    publish("news.#", "c");
    expect([await two.next(), await star.next()]).toEqual(["b", "c"]);
    expect([one.all, star.all]).toEqual([["a"], ["c"]]);
  });
});
