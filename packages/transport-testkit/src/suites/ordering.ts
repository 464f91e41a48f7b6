import assert from "node:assert/strict";
import { message, numbered, numbers, patterned, textOf } from "../bench/messages.js";
import { type Suite, suite, type TransportCase } from "../transport-case.js";

const perCredit: TransportCase[] = [1, 7, 500].map((credit) => ({
  id: `credit-${credit}`,
  title: `300 messages of one sender arrive at one consumer in their order, with credit ${credit}`,
  async run(bench) {
    const transport = await bench.up();
    const consumer = await bench.consume(transport, bench.queueName(), { credit, accept: true });
    for (const each of numbered(300)) bench.send(transport, consumer.queue, each);
    await consumer.deliveries.take(300, bench.waits.reconnectMs);
    assert.deepEqual(consumer.texts, numbers(300));
  },
}));

/** One sender, one receiver: what was sent first arrives first. */
export const ordering: Suite = suite("ordering", [
  ...perCredit,
  {
    id: "waiting",
    title: "messages that waited for a consumer arrive in their order",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const sent = numbered(100).map((each) => bench.send(transport, queue, each));
      await Promise.all(sent.map((each) => each.kind()));
      const consumer = await bench.consume(transport, queue, { credit: 10, accept: true });
      await consumer.deliveries.take(100);
      assert.deepEqual(consumer.texts, numbers(100));
    },
  },
  {
    id: "sizes",
    title: "a small message does not overtake a large one",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const sizes = [300_000, 1, 100_000, 0, 50, 200_000, 2];
      for (const size of sizes) bench.send(transport, consumer.queue, message({ body: patterned(size) }));
      const deliveries = await consumer.deliveries.take(sizes.length);
      assert.deepEqual(
        deliveries.map((each) => each.message.body.length),
        sizes,
      );
    },
  },
  {
    id: "listeners",
    title: "sends with and without a listener keep their common order",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      for (const [index, each] of numbered(50).entries()) {
        if (index % 2 === 0) bench.send(transport, consumer.queue, each);
        else transport.send(consumer.queue, each);
      }
      await consumer.deliveries.take(50);
      assert.deepEqual(consumer.texts, numbers(50));
    },
  },
  {
    id: "two-senders",
    title: "with two senders each one's messages keep their order",
    async run(bench) {
      const [first, second] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(await bench.up(), bench.queueName(), { credit: 20, accept: true });
      for (let i = 0; i < 100; i++) {
        bench.send(first, consumer.queue, `first ${i}`);
        bench.send(second, consumer.queue, `second ${i}`);
      }
      await consumer.deliveries.take(200);
      for (const sender of ["first", "second"]) {
        const mine = consumer.texts.filter((text) => text.startsWith(sender));
        assert.deepEqual(
          mine,
          numbers(100).map((n) => `${sender} ${n}`),
        );
      }
    },
  },
  {
    id: "replies",
    title: "replies to one inbox arrive in their order",
    async run(bench) {
      const [client, server] = [await bench.up(), await bench.up()];
      const inbox = await bench.openInbox(client);
      for (const each of numbered(200)) bench.reply(server, inbox.address, each);
      assert.deepEqual((await inbox.messages.take(200)).map(textOf), numbers(200));
    },
  },
  {
    id: "topics",
    title: "what one transport publishes on a topic arrives in its order",
    needs: { features: ["topics"] },
    async run(bench) {
      const [publisher, hearer] = [await bench.up(), await bench.up()];
      const subscriber = await bench.subscribe(hearer, bench.topicName());
      for (const each of numbered(100)) bench.publish(publisher, subscriber.topic, each);
      assert.deepEqual((await subscriber.messages.take(100)).map(textOf), numbers(100));
    },
  },
  {
    id: "held-back",
    title: "messages that credit held back arrive in their order once it is given",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 3 });
      for (const each of numbered(30)) bench.send(transport, consumer.queue, each);
      for (let i = 0; i < 10; i++) for (const each of await consumer.deliveries.take(3)) each.accept();
      assert.deepEqual(consumer.texts, numbers(30));
    },
  },
]);
