import assert from "node:assert/strict";
import { message, textOf } from "../bench/messages.js";
import { pause } from "../bench/waits.js";
import { type Suite, suite } from "../transport-case.js";

/** A time to live that ends soon, and how long to wait until it surely has, with a slow broker's clock. */
const SHORT_MS = 60;
const OVER_MS = 200;
/** A time to live that no case outlasts. */
const LONG_MS = 600_000;

const short = (body: string) => message({ body, ttlMs: SHORT_MS });
const long = (body: string) => message({ body, ttlMs: LONG_MS });

/** Time to live: what is over is never delivered, what is not over is. */
export const expiry: Suite = suite("expiry", [
  {
    id: "in-time",
    title: "a message is delivered while its time to live is not over",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      assert.equal(await bench.send(transport, queue, long("in time")).kind(), "accepted");
      await pause(OVER_MS);
      const consumer = await bench.consume(transport, queue, { accept: true });
      assert.equal(textOf((await consumer.deliveries.next()).message), "in time");
    },
  },
  {
    id: "at-the-head",
    title: "a message whose time to live ended in the queue is not delivered",
    needs: { features: ["expiry"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      assert.equal(await bench.send(transport, queue, short("too late")).kind(), "accepted");
      await pause(OVER_MS);
      const consumer = await bench.consume(transport, queue, { accept: true });
      assert.equal(await bench.send(transport, queue, "fence").kind(), "accepted");
      await consumer.deliveries.next();
      assert.deepEqual(consumer.texts, ["fence"]);
    },
  },
  {
    id: "behind-others",
    title: "a message whose time to live ended behind one that lives on is not delivered",
    needs: { features: ["expiry"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      for (const each of [long("head"), short("too late"), long("tail")]) {
        assert.equal(await bench.send(transport, queue, each).kind(), "accepted");
      }
      await pause(OVER_MS);
      const consumer = await bench.consume(transport, queue, { accept: true });
      await consumer.deliveries.take(2);
      await consumer.deliveries.nothingMore("the third has expired");
      assert.deepEqual(consumer.texts, ["head", "tail"]);
    },
  },
  {
    id: "held-back-by-credit",
    title: "a message whose time to live ended while its consumer was busy is not delivered",
    needs: { features: ["expiry"] },
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 1 });
      for (const each of [message("busy"), short("too late"), message("next")]) {
        assert.equal(await bench.send(transport, consumer.queue, each).kind(), "accepted");
      }
      const busy = await consumer.deliveries.next();
      await pause(OVER_MS);
      busy.accept();
      assert.equal(await consumer.acceptNext(), "next");
    },
  },
  {
    id: "expired-hold-up-nobody",
    title: "expired messages hold up no message behind them, and use no credit",
    needs: { features: ["expiry"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      for (let i = 0; i < 50; i++) bench.send(transport, queue, short("too late"));
      assert.equal(await bench.send(transport, queue, "alive").kind(), "accepted");
      await pause(OVER_MS);
      const consumer = await bench.consume(transport, queue, { credit: 1 });
      assert.equal(await consumer.acceptNext(), "alive");
      await consumer.deliveries.nothingMore("the others have expired");
    },
  },
  {
    id: "each-its-own",
    title: "each message has its own time to live, whatever the order",
    needs: { features: ["expiry"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const sent = [short("a"), message("b"), short("c"), long("d"), short("e"), message("f")];
      for (const each of sent) assert.equal(await bench.send(transport, queue, each).kind(), "accepted");
      await pause(OVER_MS);
      const consumer = await bench.consume(transport, queue, { accept: true });
      await consumer.deliveries.take(3);
      await consumer.deliveries.nothingMore("the others have expired");
      assert.deepEqual(consumer.texts, ["b", "d", "f"]);
    },
  },
  {
    id: "for-ever",
    title: "a message without a time to live does not expire",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      assert.equal(await bench.send(transport, queue, "for ever").kind(), "accepted");
      await pause(OVER_MS);
      const consumer = await bench.consume(transport, queue, { accept: true });
      assert.equal(textOf((await consumer.deliveries.next()).message), "for ever");
    },
  },
  {
    id: "longest",
    title: "the longest time to live of the project, 2^31 - 1 ms, is taken",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const patient = message({ body: "patient", ttlMs: 2_147_483_647 });
      assert.equal(await bench.send(transport, consumer.queue, patient).kind(), "accepted");
      assert.equal(textOf((await consumer.deliveries.next()).message), "patient");
    },
  },
  {
    id: "as-received",
    title: "the receiver sees a time to live of at least 1 ms and at most what was sent",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      bench.send(transport, consumer.queue, message({ ttlMs: 60_000 }));
      const { ttlMs } = (await consumer.deliveries.next()).message;
      assert.ok(
        ttlMs !== undefined && Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= 60_000,
        `ttlMs is ${ttlMs}`,
      );
    },
  },
  {
    id: "delivered-is-safe",
    title: "a delivery whose time to live ends before it is settled stays its consumer's",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName());
      bench.send(transport, consumer.queue, message({ body: "slow", ttlMs: 400 }));
      const delivery = await consumer.deliveries.next();
      await pause(600);
      delivery.accept();
      await consumer.deliveries.nothingMore("it was accepted");
      assert.equal(transport.state, "up");
    },
  },
  {
    id: "released-too-late",
    title: "a message that is released after its time to live is not delivered again",
    needs: { features: ["expiry"] },
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName());
      bench.send(transport, consumer.queue, message({ body: "slow", ttlMs: 400 }));
      const delivery = await consumer.deliveries.next();
      await pause(600);
      delivery.release();
      await consumer.deliveries.nothingMore("its time to live is over");
    },
  },
  {
    id: "over-a-reconnect",
    title: "time to live goes on while consumers are disconnected",
    needs: { features: ["expiry"], broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      assert.equal(await bench.send(transport, queue, short("too late")).kind(), "accepted");
      await bench.cut(transport);
      await pause(OVER_MS);
      await bench.sendPatiently(transport, queue, "fence");
      const consumer = await bench.consume(transport, queue, { accept: true });
      await consumer.deliveries.next();
      assert.ok(!consumer.texts.includes("too late"));
    },
  },
  {
    id: "replies",
    title: "a reply with a time to live arrives at a waiting inbox",
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      assert.equal(await bench.reply(transport, inbox.address, long("answer")).kind(), "accepted");
      assert.equal(textOf(await inbox.messages.next()), "answer");
    },
  },
]);
