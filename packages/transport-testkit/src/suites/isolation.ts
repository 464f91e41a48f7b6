import assert from "node:assert/strict";
import type { Transport } from "@porthos-rpc/protocol";
import type { Bench } from "../bench/bench.js";
import { message, numbered, numbers, textOf } from "../bench/messages.js";
import { type Suite, suite } from "../transport-case.js";

function gotcha(): never {
  throw new Error("gotcha: thrown by a test on purpose");
}

/** Whatever was thrown, the connection is the same and still carries messages. */
async function assertUnharmed(bench: Bench, transport: Transport): Promise<void> {
  const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
  assert.equal(await bench.send(transport, consumer.queue).kind(), "accepted");
  await consumer.deliveries.next();
  assert.equal(transport.state, "up");
}

/** Callbacks that throw, or take their time, harm nobody else. */
export const isolation: Suite = suite("isolation", [
  {
    id: "delivery-throws",
    title: "an onDelivery that throws costs no later delivery, and no connection",
    async run(bench) {
      const transport = await bench.up();
      const downs = bench.listen(transport, "down");
      const queue = bench.queueName();
      const texts: string[] = [];
      const consuming = transport.consume(queue, { credit: 10 }, (delivery) => {
        texts.push(textOf(delivery.message));
        if (texts.length <= 2) gotcha();
        delivery.accept();
      });
      await bench.within("consume()", consuming);
      for (const each of numbered(6)) bench.send(transport, queue, each);
      await bench.until("six deliveries", () => texts.length >= 6);
      assert.deepEqual([texts.slice(0, 2), downs.count], [["0", "1"], 0]);
      await assertUnharmed(bench, transport);
    },
  },
  {
    id: "delivery-settles-and-throws",
    title: "a delivery that was accepted before its onDelivery threw is accepted",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      let came = 0;
      const consuming = transport.consume(queue, { credit: 1 }, (delivery) => {
        came++;
        delivery.accept();
        gotcha();
      });
      await bench.within("consume()", consuming);
      for (const each of numbered(3)) bench.send(transport, queue, each);
      await bench.until("three deliveries", () => came >= 3);
      await bench.close(transport);
      const heir = await bench.consume(other, queue);
      await heir.deliveries.nothingMore("all were accepted");
    },
  },
  {
    id: "delivery-throws-beside",
    title: "an onDelivery that throws harms no other consumer of its transport",
    async run(bench) {
      const transport = await bench.up();
      const bad = bench.queueName();
      const good = await bench.consume(transport, bench.queueName(), { accept: true });
      await bench.within("consume()", transport.consume(bad, { credit: 100 }, gotcha));
      for (const each of numbered(20)) {
        bench.send(transport, bad, each);
        bench.send(transport, good.queue, each);
      }
      await good.deliveries.take(20);
      assert.deepEqual(good.texts, numbers(20));
    },
  },
  {
    id: "message-throws",
    title: "an inbox whose onMessage throws hears the next message",
    async run(bench) {
      const transport = await bench.up();
      const texts: string[] = [];
      const opening = transport.openInbox({
        onMessage: (each) => {
          texts.push(textOf(each));
          gotcha();
        },
      });
      const inbox = await bench.within("openInbox()", opening);
      const other = await bench.openInbox(transport);
      for (const each of numbered(5)) {
        bench.reply(transport, inbox.address ?? "", each);
        bench.reply(transport, other.address, each);
      }
      await other.messages.take(5);
      await bench.until("five messages", () => texts.length >= 5);
      assert.deepEqual(texts, numbers(5));
      await assertUnharmed(bench, transport);
    },
  },
  {
    id: "subscriber-throws",
    title: "a subscriber that throws keeps no message from the others, nor from itself",
    needs: { features: ["topics"] },
    async run(bench) {
      const transport = await bench.up();
      const topic = bench.topicName();
      const before = await bench.subscribe(transport, topic);
      let came = 0;
      const subscribing = transport.subscribe(topic, () => {
        came++;
        gotcha();
      });
      await bench.within("subscribe()", subscribing);
      const after = await bench.subscribe(transport, topic);
      for (const each of numbered(5)) bench.publish(transport, topic, each);
      for (const { messages } of [before, after])
        assert.deepEqual((await messages.take(5)).map(textOf), numbers(5));
      await bench.until("five messages", () => came >= 5);
      await assertUnharmed(bench, transport);
    },
  },
  {
    id: "outcome-throws",
    title: "a listener that throws keeps no outcome from the others, and send() does not throw",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      let told = 0;
      const bad = {
        onOutcome: () => {
          told++;
          gotcha();
        },
      };
      const good = numbered(10).map((each) => {
        transport.send(queue, each, bad);
        return bench.send(transport, queue, each);
      });
      for (const each of good) assert.equal(await each.kind(), "accepted");
      await bench.until("ten outcomes", () => told >= 10);
      await assertUnharmed(bench, transport);
    },
  },
  {
    id: "outcome-throws-unsent",
    title: "send() does not throw when its listener throws at once",
    async run(bench) {
      const transport = await bench.create();
      let told = 0;
      const bad = {
        onOutcome: () => {
          told++;
          gotcha();
        },
      };
      transport.send(bench.queueName(), message(), bad);
      await bench.until("the outcome", () => told > 0);
      await bench.quiet();
      assert.equal(told, 1);
    },
  },
  {
    id: "handler-throws",
    title: "an event handler that throws keeps the event from nobody, and the transport comes up",
    async run(bench) {
      const transport = await bench.create();
      transport.on("up", gotcha);
      const ups = bench.listen(transport, "up");
      transport.acquire();
      await bench.ready(transport);
      await ups.next();
      await assertUnharmed(bench, transport);
    },
  },
  {
    id: "down-handler-throws",
    title: "a handler of down that throws does not keep the transport from coming back",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      transport.on("down", gotcha);
      transport.on("up", gotcha);
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await bench.cut(transport);
      await bench.sendPatiently(transport, consumer.queue);
      await consumer.deliveries.next(bench.waits.reconnectMs);
    },
  },
  {
    id: "returned-handler-throws",
    title: "a handler of returned that throws keeps the outcome from nobody",
    needs: { features: ["unroutableSends"] },
    async run(bench) {
      const transport = await bench.up();
      transport.on("returned", gotcha);
      for (let i = 0; i < 3; i++) {
        assert.equal(await bench.send(transport, bench.queueName("missing")).kind(), "unroutable");
      }
      await assertUnharmed(bench, transport);
    },
  },
  {
    id: "inbox-turns-throw",
    title: "an inbox whose onOpen and onLost throw is opened, and opened again after a reconnect",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const texts: string[] = [];
      const handler = { onMessage: (each: Parameters<typeof textOf>[0]) => void texts.push(textOf(each)) };
      const opening = transport.openInbox({ ...handler, onOpen: gotcha, onLost: gotcha });
      const inbox = await bench.within("openInbox()", opening);
      const other = await bench.openInbox(transport);
      await bench.cut(transport);
      await other.reopened(1);
      await bench.until(
        "a new address",
        () => inbox.epoch > 1 && inbox.address !== undefined,
        bench.waits.reconnectMs,
      );
      bench.reply(transport, inbox.address ?? "", "answer");
      await bench.until("the answer", () => texts.includes("answer"));
    },
  },
  {
    id: "degraded-throws",
    title: "an onDegraded that throws does not keep the consumer from coming back",
    needs: { broker: ["deleteQueue"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = bench.queueName();
      const texts: string[] = [];
      let told = 0;
      const onDegraded = (): never => {
        told++;
        return gotcha();
      };
      const consuming = transport.consume(queue, { credit: 5, onDegraded }, (delivery) => {
        texts.push(textOf(delivery.message));
        delivery.accept();
      });
      await bench.within("consume()", consuming);
      await bench.broker.deleteQueue(queue);
      await bench.until("onDegraded", () => told > 0, bench.waits.reconnectMs);
      await bench.sendPatiently(transport, queue, "back");
      await bench.until("the message", () => texts.includes("back"), bench.waits.reconnectMs);
    },
  },
  {
    id: "slow-handler",
    title: "a consumer that takes its time holds up no other",
    async run(bench) {
      const transport = await bench.up();
      const slow = await bench.consume(transport, bench.queueName(), { credit: 50 });
      const quick = await bench.consume(transport, bench.queueName(), { credit: 1, accept: true });
      for (const each of numbered(50)) {
        bench.send(transport, slow.queue, each);
        bench.send(transport, quick.queue, each);
      }
      await quick.deliveries.take(50);
      for (const each of await slow.deliveries.take(50)) each.accept();
    },
  },
]);
