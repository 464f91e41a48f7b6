import assert from "node:assert/strict";
import { message, numbered, numbers, textOf } from "../bench/messages.js";
import { type Suite, suite } from "../transport-case.js";

/** Messages that come again, and their flag. */
export const redelivery: Suite = suite("redelivery", [
  {
    id: "first-time",
    title: "a message that was never delivered before says so",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      for (const each of numbered(20)) bench.send(transport, consumer.queue, each);
      const flags = (await consumer.deliveries.take(20)).map(({ redelivered }) => redelivered);
      assert.deepEqual(new Set(flags), new Set([false]));
    },
  },
  {
    id: "first-time-after-waiting",
    title: "a message that waited for its consumer is not a redelivered one",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      assert.equal(await bench.send(transport, queue).kind(), "accepted");
      const consumer = await bench.consume(transport, queue, { accept: true });
      assert.equal((await consumer.deliveries.next()).redelivered, false);
    },
  },
  {
    id: "after-release",
    title: "a released message says that it was delivered before",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName());
      bench.send(transport, consumer.queue);
      (await consumer.deliveries.next()).release();
      const again = await consumer.deliveries.next();
      again.accept();
      assert.equal(again.redelivered, true);
    },
  },
  {
    id: "after-close",
    title: "a message that a closed transport held says that it was delivered before",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName());
      assert.equal(await bench.send(other, consumer.queue).kind(), "accepted");
      await consumer.deliveries.next();
      await bench.close(transport);
      const heir = await bench.consume(other, consumer.queue, { accept: true });
      assert.equal((await heir.deliveries.next()).redelivered, true);
    },
  },
  {
    id: "after-reconnect",
    title: "a message whose connection was lost before it was settled says that it was delivered before",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName());
      bench.send(transport, consumer.queue);
      await consumer.deliveries.next();
      await bench.cut(transport);
      const again = await consumer.deliveries.next(bench.waits.reconnectMs);
      again.accept();
      assert.equal(again.redelivered, true);
    },
  },
  {
    id: "count",
    title:
      "a message that comes for the first time has no deliveries before it, and one that is marked has, if they are counted",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName());
      bench.send(transport, consumer.queue);
      for (let before = 0; before < 3; before++) {
        const delivery = await consumer.deliveries.next();
        const { deliveryCount: count, redelivered } = delivery;
        if (count !== undefined) {
          assert.equal(count > 0, redelivered, `${count} before, redelivered: ${redelivered}`);
          assert.ok(count <= before, `${count} before, and it was delivered ${before} times`);
        }
        if (before < 2) delivery.release();
        else delivery.accept();
      }
    },
  },
  {
    id: "unchanged",
    title:
      "a redelivered message is the message that was sent, whatever its first receiver did to the bytes it owned",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName());
      const headers = new Map([["kind", "greeting"]]);
      const sent = message({ body: "hello", contentType: "text/plain", correlationId: "id-7", headers });
      bench.send(transport, consumer.queue, sent);
      const first = await consumer.deliveries.next();
      first.message.body.fill(0);
      first.release();
      const again = await consumer.deliveries.next();
      again.accept();
      assert.equal(textOf(again.message), "hello");
      assert.equal(again.message.contentType, "text/plain");
      assert.equal(again.message.correlationId, "id-7");
      assert.equal(again.message.headers.get("kind"), "greeting");
    },
  },
  {
    id: "many-times",
    title: "a message that is released five times comes six times",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 1 });
      bench.send(transport, consumer.queue);
      for (let i = 0; i < 5; i++) (await consumer.deliveries.next()).release();
      (await consumer.deliveries.next()).accept();
      await consumer.deliveries.nothingMore("it was accepted");
    },
  },
  {
    id: "to-anyone",
    title: "a released message may go to another consumer",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName());
      bench.send(transport, consumer.queue, "not for me");
      const delivery = await consumer.deliveries.next();
      await consumer.cancel();
      const second = await bench.consume(other, consumer.queue, { accept: true });
      delivery.release();
      assert.equal(textOf((await second.deliveries.next()).message), "not for me");
    },
  },
  {
    id: "held-after-cancel",
    title: "a delivery that is unsettled when its consumer is cancelled is nobody else's until it is settled",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName());
      bench.send(transport, consumer.queue, "mine");
      const delivery = await consumer.deliveries.next();
      await consumer.cancel();
      const second = await bench.consume(other, consumer.queue, { accept: true });
      await second.deliveries.nothingMore("the first consumer has not settled it");
      delivery.accept();
      await second.deliveries.nothingMore("the first consumer has accepted it");
    },
  },
  {
    id: "others-stay",
    title: "releasing one message brings back that one only",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName());
      for (const each of numbered(5)) bench.send(transport, consumer.queue, each);
      const deliveries = await consumer.deliveries.take(5);
      deliveries[1]?.release();
      assert.equal(await consumer.acceptNext(), "1");
      await consumer.deliveries.nothingMore("four are still held");
    },
  },
  {
    id: "cancel-gives-back",
    title: "what was on its way to a consumer when it was cancelled goes to the next one",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 50, accept: true });
      const sent = numbered(200).map((each) => bench.send(other, consumer.queue, each));
      await consumer.deliveries.next();
      await consumer.cancel();
      await Promise.all(sent.map((each) => each.kind()));
      const heir = await bench.consume(other, consumer.queue, { credit: 50, accept: true });
      const all = (): Set<string> => new Set([...consumer.texts, ...heir.texts]);
      await bench.until("all 200 messages", () => all().size === 200, bench.waits.reconnectMs);
      assert.deepEqual([...all()].sort(), numbers(200).sort());
    },
  },
]);
