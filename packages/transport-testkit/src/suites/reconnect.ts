import assert from "node:assert/strict";
import type { Consumer } from "../bench/consumer.js";
import { message, numbered, textOf } from "../bench/messages.js";
import type { Sent } from "../bench/sent.js";
import { nextTurn } from "../bench/waits.js";
import { type Needs, type Suite, suite } from "../transport-case.js";

const CUT: Needs = { broker: ["cut"] };

const durable = (body: string) => message({ body, durable: true });

/** Lost connections, in each state that a transport can be in then. */
export const reconnect: Suite = suite("reconnect", [
  {
    id: "comes-back",
    title: "a transport whose connection was lost comes up again by itself",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      await bench.cut(transport);
      assert.equal(transport.state, "up");
      await bench.sendPatiently(transport, queue);
    },
  },
  {
    id: "idle-consumer",
    title: "a consumer that had nothing to do is restored",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await bench.cut(transport);
      await bench.sendPatiently(transport, consumer.queue, "after");
      assert.equal(textOf((await consumer.deliveries.next(bench.waits.reconnectMs)).message), "after");
    },
  },
  {
    id: "restored-once",
    title: "after three reconnects a consumer gets each message once",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      for (let i = 0; i < 3; i++) await bench.cut(transport);
      await bench.sendPatiently(transport, consumer.queue, "fence");
      await consumer.deliveries.next(bench.waits.reconnectMs);
      await bench.quiet();
      const before = consumer.deliveries.count;
      for (const each of numbered(20)) bench.send(transport, consumer.queue, each);
      await consumer.deliveries.take(20 + before - 1);
      await consumer.deliveries.nothingMore("twenty were sent");
    },
  },
  {
    id: "all-consumers",
    title: "all consumers of a transport are restored, each on its own queue",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const all: Consumer[] = [];
      for (let i = 0; i < 5; i++)
        all.push(await bench.consume(transport, bench.queueName(), { accept: true }));
      await bench.cut(transport);
      for (const { queue } of all) await bench.sendPatiently(transport, queue, `to ${queue}`);
      for (const { deliveries, queue } of all) {
        assert.equal(textOf((await deliveries.next(bench.waits.reconnectMs)).message), `to ${queue}`);
      }
    },
  },
  {
    id: "cancelled-stays-cancelled",
    title: "a cancelled consumer is not restored",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await consumer.cancel();
      await bench.cut(transport);
      await bench.sendPatiently(transport, consumer.queue);
      await consumer.deliveries.nothingMore("it was cancelled");
    },
  },
  {
    id: "cancel-while-down",
    title: "a consumer that is cancelled while the transport is down is not restored",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      let cancelling: Promise<void> | undefined;
      transport.on("down", () => {
        cancelling ??= consumer.cancel();
      });
      await bench.cut(transport);
      await cancelling;
      await bench.sendPatiently(transport, consumer.queue);
      await consumer.deliveries.nothingMore("it was cancelled");
    },
  },
  {
    id: "unsettled",
    title: "all that was unsettled when the connection was lost is delivered again",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 100 });
      for (const each of numbered(100)) bench.send(transport, consumer.queue, { ...each, durable: true });
      const first = await consumer.deliveries.take(100);
      for (const each of first.slice(0, 30)) each.accept();
      await bench.quiet();
      await bench.cut(transport);
      const again = await consumer.deliveries.take(70, bench.waits.reconnectMs);
      for (const each of again) each.accept();
      const missing = first
        .slice(30)
        .map(({ message }) => textOf(message))
        .sort();
      assert.deepEqual(again.map(({ message }) => textOf(message)).sort(), missing);
    },
  },
  {
    id: "in-flight-told-once",
    title: "each send that was in flight when the connection was lost is told one outcome",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const sent = numbered(300).map((each) => bench.send(transport, queue, each));
      await bench.cut(transport);
      const kinds = await Promise.all(sent.map((each) => each.kind(bench.waits.reconnectMs)));
      const expected = new Set(["accepted", "unknown", "unsent"]);
      assert.deepEqual(
        kinds.filter((kind) => !expected.has(kind)),
        [],
      );
    },
  },
  {
    id: "nothing-accepted-is-lost",
    title: "of what was sent around a cut the accepted is delivered, and the unsent is not",
    needs: { features: ["confirmedSends"], broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const sent = new Map<string, Sent>();
      const stop = transport.on("down", () =>
        sent.set("down", bench.send(transport, queue, durable("down"))),
      );
      const cutting = bench.cut(transport);
      for (let i = 0; i < 200; i++) {
        sent.set(String(i), bench.send(transport, queue, durable(String(i))));
        if (i % 20 === 0) await nextTurn();
      }
      await cutting;
      stop();
      await bench.sendPatiently(transport, queue, durable("fence"));
      const consumer = await bench.consume(transport, queue, { credit: 100, accept: true });
      await bench.until("the fence", () => consumer.texts.includes("fence"), bench.waits.reconnectMs);
      await bench.quiet();
      for (const [text, each] of sent) {
        const kind = await each.kind();
        if (kind === "accepted") assert.ok(consumer.texts.includes(text), `${text} was accepted and is lost`);
        if (kind === "unsent")
          assert.ok(!consumer.texts.includes(text), `${text} was unsent and yet delivered`);
      }
    },
  },
  {
    id: "during-consume",
    title: "a consume() that is under way when the connection is lost succeeds on the next one",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const consuming = bench.consume(transport, bench.queueName(), { accept: true });
      const [consumer] = await Promise.all([consuming, bench.cut(transport)]);
      await bench.sendPatiently(transport, consumer.queue, "hello");
      assert.equal(textOf((await consumer.deliveries.next(bench.waits.reconnectMs)).message), "hello");
    },
  },
  {
    id: "consume-while-down",
    title: "a consume() that is called while the transport is down succeeds once it is up",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const queue = bench.queueName();
      const consuming = new Promise<Consumer>((resolve) => {
        const off = transport.on("down", () => {
          off();
          resolve(bench.consume(transport, queue, { accept: true }));
        });
      });
      const [consumer] = await Promise.all([consuming, bench.cut(transport)]);
      await bench.sendPatiently(transport, queue, "hello");
      assert.equal(textOf((await consumer.deliveries.next()).message), "hello");
    },
  },
  {
    id: "during-open-inbox",
    title: "an openInbox() that is under way when the connection is lost succeeds, and its address works",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const [inbox] = await Promise.all([bench.openInbox(transport), bench.cut(transport)]);
      await bench.until("an address", () => inbox.inbox.address !== undefined, bench.waits.reconnectMs);
      await bench.quiet();
      assert.equal(await bench.reply(transport, inbox.address, "answer").kind(), "accepted");
      assert.equal(textOf(await inbox.messages.next()), "answer");
    },
  },
  {
    id: "during-subscribe",
    title: "a subscribe() that is under way when the connection is lost succeeds",
    needs: { features: ["topics"], broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const subscribing = bench.subscribe(transport, bench.topicName());
      const [subscriber] = await Promise.all([subscribing, bench.cut(transport)]);
      await bench.until("the subscription to be heard", () => {
        transport.publish(subscriber.topic, message());
        return subscriber.messages.count > 0;
      });
    },
  },
  {
    id: "during-connecting",
    title: "a connection that is lost while it is being made is made again",
    needs: CUT,
    async run(bench) {
      const transport = await bench.create();
      transport.acquire();
      await bench.broker.cut();
      await bench.upAgain(transport);
      assert.equal(await bench.send(transport, await bench.declareQueue(transport)).kind(), "accepted");
    },
  },
  {
    id: "again-and-again",
    title: "five cuts in a row are survived",
    needs: CUT,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      for (let i = 0; i < 5; i++) {
        await bench.cut(transport);
        await bench.sendPatiently(transport, consumer.queue, durable(String(i)));
        await bench.until(`message ${i}`, () => consumer.texts.includes(String(i)), bench.waits.reconnectMs);
      }
    },
  },
  {
    id: "everyone",
    title: "several transports that lose their connections together all come back",
    needs: CUT,
    async run(bench) {
      const all = [await bench.up(), await bench.up(), await bench.up()];
      const queue = await bench.declareQueue(all[0] ?? assert.fail());
      await bench.cut(...all);
      for (const transport of all) await bench.sendPatiently(transport, queue);
    },
  },
  {
    id: "release-while-down",
    title:
      "the last lease can be released while the transport is down; it is idle then and does not come back",
    needs: CUT,
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.ready(transport);
      let releasing: Promise<void> | undefined;
      transport.on("down", () => {
        releasing ??= lease.release();
      });
      await bench.broker.cut();
      await bench.until("the transport to be down", () => releasing !== undefined, bench.waits.reconnectMs);
      await bench.within("release()", releasing ?? assert.fail(), bench.waits.reconnectMs);
      await bench.quiet();
      assert.equal(transport.state, "idle");
    },
  },
  {
    id: "while-idle",
    title: "a cut while the transport is idle is none of its business",
    needs: CUT,
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.ready(transport);
      await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      const downs = bench.listen(transport, "down");
      await bench.broker.cut();
      await bench.quiet();
      assert.deepEqual([transport.state, downs.count], ["idle", 0]);
    },
  },
]);
