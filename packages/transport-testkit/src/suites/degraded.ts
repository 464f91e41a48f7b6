import assert from "node:assert/strict";
import { numbered } from "../bench/messages.js";
import { type Needs, type Suite, suite } from "../transport-case.js";
import { assertRpcError } from "./assertions.js";

const DELETE: Needs = { broker: ["deleteQueue"] };

/** A queue that is deleted under its consumers: the connection lives, the consumer does not. */
export const degraded: Suite = suite("degraded", [
  {
    id: "told",
    title: "a consumer hears that its queue was deleted",
    needs: DELETE,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await bench.broker.deleteQueue(consumer.queue);
      assertRpcError(await consumer.degraded.next(bench.waits.reconnectMs));
    },
  },
  {
    id: "event",
    title: "degraded is told of it, with what is missing and why",
    needs: DELETE,
    async run(bench) {
      const transport = await bench.up();
      const events = bench.listen(transport, "degraded");
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await bench.broker.deleteQueue(consumer.queue);
      const { what, reason } = await events.next(bench.waits.reconnectMs);
      assert.ok(typeof what === "string" && what !== "");
      assertRpcError(reason);
    },
  },
  {
    id: "not-down",
    title: "the connection is not lost over it, and other consumers and inboxes go on",
    needs: DELETE,
    async run(bench) {
      const transport = await bench.up();
      const downs = bench.listen(transport, "down");
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const other = await bench.consume(transport, bench.queueName(), { accept: true });
      const inbox = await bench.openInbox(transport);
      await bench.broker.deleteQueue(consumer.queue);
      await consumer.degraded.next(bench.waits.reconnectMs);
      assert.equal(await bench.send(transport, other.queue).kind(), "accepted");
      await other.deliveries.next();
      assert.equal(await bench.reply(transport, inbox.address).kind(), "accepted");
      await inbox.messages.next();
      assert.deepEqual([transport.state, downs.count], ["up", 0]);
    },
  },
  {
    id: "restored",
    title: "the consumer gets its queue back, and hears again",
    needs: DELETE,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await bench.broker.deleteQueue(consumer.queue);
      await consumer.degraded.next(bench.waits.reconnectMs);
      await bench.sendPatiently(transport, consumer.queue, "back again");
      await bench.until("the message", () => consumer.texts.includes("back again"), bench.waits.reconnectMs);
    },
  },
  {
    id: "settling",
    title: "settling a delivery of a deleted queue harms nothing",
    needs: DELETE,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 3 });
      const other = await bench.consume(transport, bench.queueName(), { accept: true });
      for (let i = 0; i < 3; i++) await bench.send(transport, consumer.queue).kind();
      const deliveries = await consumer.deliveries.take(3);
      await bench.broker.deleteQueue(consumer.queue);
      await consumer.degraded.next(bench.waits.reconnectMs);
      deliveries[0]?.accept();
      deliveries[1]?.release();
      deliveries[2]?.reject();
      assert.equal(await bench.send(transport, other.queue).kind(), "accepted");
      await other.deliveries.next();
      assert.equal(transport.state, "up");
    },
  },
  {
    id: "stale-settles-no-other",
    title: "settling a delivery of a deleted queue settles none of the queue that took its place",
    needs: DELETE,
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 10 });
      for (const each of numbered(3)) bench.send(other, consumer.queue, each);
      const stale = await consumer.deliveries.take(3);
      await bench.broker.deleteQueue(consumer.queue);
      const end = performance.now() + bench.waits.reconnectMs;
      // Some brokers take, and drop, what is sent before the queue is there again.
      for (let i = 0; consumer.deliveries.count === 3 && performance.now() < end; i++) {
        await bench.send(other, consumer.queue, `new ${i}`).outcome();
        await bench.quiet();
      }
      await consumer.deliveries.next();
      for (const each of stale) each.accept();
      await bench.quiet();
      const held = consumer.texts.slice(3);
      await bench.close(transport);
      const heir = await bench.consume(other, consumer.queue, { credit: 100, accept: true });
      await bench.until("what nobody settled", () => held.every((text) => heir.texts.includes(text)));
    },
  },
  {
    id: "unroutable-meanwhile",
    title: "a send to a deleted queue that nobody consumes ends unroutable",
    needs: { features: ["unroutableSends"], broker: ["deleteQueue"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      assert.equal(await bench.send(transport, queue).kind(), "accepted");
      await bench.broker.deleteQueue(queue);
      assert.equal(await bench.send(transport, queue).kind(), "unroutable");
    },
  },
  {
    id: "cancelled",
    title: "a consumer that is cancelled after its queue was deleted does not bring the queue back",
    needs: { features: ["unroutableSends"], broker: ["deleteQueue"] },
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await consumer.cancel();
      await bench.broker.deleteQueue(consumer.queue);
      await bench.quiet();
      assert.equal(await bench.send(transport, consumer.queue).kind(), "unroutable");
      assert.equal(consumer.degraded.count, 0);
    },
  },
]);
