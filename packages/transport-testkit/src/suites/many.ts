import assert from "node:assert/strict";
import type { Consumer } from "../bench/consumer.js";
import { message, numbered, numbers, patterned, textOf } from "../bench/messages.js";
import { type Suite, suite } from "../transport-case.js";

const COUNT = 1_000;

/** Many at once: nothing lost, nothing twice, nothing mixed up. */
export const many: Suite = suite("many", [
  {
    id: "round-trips",
    title: "1,000 requests at once get 1,000 replies, each its own",
    async run(bench) {
      const [client, server] = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      const consuming = server.consume(queue, { credit: 200 }, (delivery) => {
        const { replyTo, correlationId, body } = delivery.message;
        bench.reply(server, replyTo ?? "", message({ body, correlationId }));
        delivery.accept();
      });
      await bench.within("consume()", consuming);
      const inbox = await bench.openInbox(client);
      for (let i = 0; i < COUNT; i++) {
        bench.send(
          client,
          queue,
          message({ body: `body ${i}`, correlationId: `id ${i}`, replyTo: inbox.address }),
        );
      }
      const replies = await inbox.messages.take(COUNT, bench.waits.reconnectMs);
      for (const reply of replies) assert.equal(textOf(reply).replace("body", "id"), reply.correlationId);
      assert.equal(new Set(replies.map(({ correlationId }) => correlationId)).size, COUNT);
    },
  },
  {
    id: "consumers",
    title: "ten consumers of one queue share 1,000 messages, each message once",
    async run(bench) {
      const transports = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      const consumers: Consumer[] = [];
      for (let i = 0; i < 10; i++) {
        const transport = transports[i % 2] ?? assert.fail();
        consumers.push(await bench.consume(transport, queue, { credit: 5, accept: true }));
      }
      for (const each of numbered(COUNT)) bench.send(transports[0] ?? assert.fail(), queue, each);
      const all = (): string[] => consumers.flatMap(({ texts }) => texts);
      await bench.until("1,000 deliveries", () => all().length >= COUNT, bench.waits.reconnectMs);
      await bench.quiet();
      assert.deepEqual(all().sort(), numbers(COUNT).sort());
    },
  },
  {
    id: "queues",
    title: "50 queues on one transport: each consumer gets its own messages, in order",
    async run(bench) {
      const transport = await bench.up();
      const names = Array.from({ length: 50 }, () => bench.queueName());
      const consumers = await Promise.all(
        names.map((queue) => bench.consume(transport, queue, { accept: true })),
      );
      for (let i = 0; i < 20; i++) for (const queue of names) bench.send(transport, queue, `${queue} ${i}`);
      for (const { deliveries, queue } of consumers) {
        const texts = (await deliveries.take(20, bench.waits.reconnectMs)).map((each) =>
          textOf(each.message),
        );
        assert.deepEqual(
          texts,
          numbers(20).map((n) => `${queue} ${n}`),
        );
      }
    },
  },
  {
    id: "inboxes",
    title: "50 inboxes on one transport: each hears its own messages",
    async run(bench) {
      const [client, server] = [await bench.up(), await bench.up()];
      const inboxes = await Promise.all(Array.from({ length: 50 }, () => bench.openInbox(client)));
      for (let i = 0; i < 10; i++)
        for (const { address } of inboxes) bench.reply(server, address, `${address} ${i}`);
      for (const { messages, address } of inboxes) {
        const texts = (await messages.take(10, bench.waits.reconnectMs)).map(textOf);
        assert.deepEqual(
          texts,
          numbers(10).map((n) => `${address} ${n}`),
        );
      }
    },
  },
  {
    id: "topics",
    title: "30 topics with a subscriber each: each hears its own",
    needs: { features: ["topics"] },
    async run(bench) {
      const transport = await bench.up();
      const names = Array.from({ length: 30 }, () => bench.topicName());
      const subscribers = await Promise.all(names.map((topic) => bench.subscribe(transport, topic)));
      for (const topic of names) bench.publish(transport, topic, topic);
      for (const { messages, topic } of subscribers) assert.equal(textOf(await messages.next()), topic);
    },
  },
  {
    id: "subscribers",
    title: "20 subscribers of one topic hear each of 50 messages once, in order",
    needs: { features: ["topics"] },
    async run(bench) {
      const transport = await bench.up();
      const topic = bench.topicName();
      const all = await Promise.all(Array.from({ length: 20 }, () => bench.subscribe(transport, topic)));
      for (const each of numbered(50)) bench.publish(transport, topic, each);
      for (const { messages } of all) assert.deepEqual((await messages.take(50)).map(textOf), numbers(50));
    },
  },
  {
    id: "outcomes",
    title: "3,000 sends in one turn are each told one outcome, and each is delivered once",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 500, accept: true });
      const sent = numbered(3_000).map((each) => bench.send(transport, consumer.queue, each));
      await consumer.deliveries.take(3_000, bench.waits.reconnectMs);
      for (const each of sent) assert.equal(await each.kind(bench.waits.reconnectMs), "accepted");
      await consumer.deliveries.nothingMore("3,000 were sent");
    },
  },
  {
    id: "bytes",
    title: "200 messages of 64 KiB at once arrive whole, and in order",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 20, accept: true });
      for (let i = 0; i < 200; i++)
        bench.send(transport, consumer.queue, message({ body: patterned(65_536, i) }));
      const received = await consumer.deliveries.take(200, bench.waits.reconnectMs);
      const sums = received.map((each) => [
        each.message.body.length,
        each.message.body[0],
        each.message.body.at(-1),
      ]);
      const expected = Array.from({ length: 200 }, (_, i) => patterned(65_536, i)).map((b) => [
        b.length,
        b[0],
        b.at(-1),
      ]);
      assert.deepEqual(sums, expected);
    },
  },
  {
    id: "transports",
    title: "ten transports send to one queue at once, and nothing is lost",
    async run(bench) {
      const receiver = await bench.up();
      const consumer = await bench.consume(receiver, bench.queueName(), { credit: 100, accept: true });
      const senders = await Promise.all(Array.from({ length: 10 }, () => bench.up()));
      for (const [index, sender] of senders.entries()) {
        for (const each of numbered(50, index * 50)) bench.send(sender, consumer.queue, each);
      }
      await consumer.deliveries.take(500, bench.waits.reconnectMs);
      assert.deepEqual(consumer.texts.sort(), numbers(500).sort());
    },
  },
  {
    id: "consumers-come-and-go",
    title: "while consumers come and go no message is lost",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const seen = new Set<string>();
      const sent = numbered(300).map((each) => bench.send(transport, queue, each));
      for (let turn = 0; turn < 10; turn++) {
        const consumer = await bench.consume(transport, queue, { credit: 20, accept: true });
        // What the consumer before gave back may take its time: nothing is promised about that but that it comes.
        await bench.until(
          "a delivery",
          () => consumer.deliveries.count > 0 || seen.size === 300,
          bench.waits.reconnectMs,
        );
        await consumer.cancel();
        for (const text of consumer.texts) seen.add(text);
      }
      await Promise.all(sent.map((each) => each.kind(bench.waits.reconnectMs)));
      const last = await bench.consume(transport, queue, { credit: 100, accept: true });
      const all = (): number => new Set([...seen, ...last.texts]).size;
      await bench.until("all 300 messages", () => all() === 300, bench.waits.reconnectMs);
    },
  },
]);
