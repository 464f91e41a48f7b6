import assert from "node:assert/strict";
import type { Delivery } from "@porthos-rpc/protocol";
import { message, numbered, numbers } from "../bench/messages.js";
import { type Suite, suite, type TransportCase } from "../transport-case.js";

const bounds: TransportCase[] = [1, 2, 5, 100].map((credit) => ({
  id: `bound-${credit}`,
  title: `with credit ${credit} never more than ${credit} deliveries are unsettled`,
  async run(bench) {
    const transport = await bench.up();
    const consumer = await bench.consume(transport, bench.queueName(), { credit });
    const count = credit * 3 + 1;
    for (const each of numbered(count)) bench.send(transport, consumer.queue, each);
    for (let left = count; left > 0; left -= credit) {
      const batch = await consumer.deliveries.take(Math.min(credit, left));
      await consumer.deliveries.nothingMore(`${batch.length} are unsettled and the credit is ${credit}`);
      for (const each of batch) each.accept();
    }
    assert.deepEqual(consumer.texts, numbers(count));
  },
}));

const WAYS: readonly (keyof Pick<Delivery, "accept" | "release" | "reject">)[] = [
  "accept",
  "reject",
  "release",
];

const givesBack: TransportCase[] = WAYS.map((way) => ({
  id: `${way}-gives-back`,
  title: `${way}() gives the credit of its delivery back`,
  async run(bench) {
    const transport = await bench.up();
    const consumer = await bench.consume(transport, bench.queueName(), { credit: 1 });
    for (const each of numbered(3)) bench.send(transport, consumer.queue, each);
    for (let i = 0; i < 3; i++) (await consumer.deliveries.next())[way]();
    if (way !== "release") assert.deepEqual(consumer.texts, numbers(3));
    else (await consumer.deliveries.next()).accept();
  },
}));

const WRONG: readonly (readonly [slug: string, credit: number])[] = [
  ["zero", 0],
  ["negative", -1],
  ["fraction", 1.5],
  ["too-large", 65_536],
  ["nan", Number.NaN],
];

const wrongCredit: TransportCase[] = WRONG.map(([slug, credit]) => ({
  id: `refuses-${slug}`,
  title: `consume() with a credit of ${credit} fails, and leaves no consumer behind`,
  async run(bench) {
    const transport = await bench.up();
    const queue = await bench.declareQueue(transport);
    let came = 0;
    const failed = Promise.resolve()
      .then(() => transport.consume(queue, { credit }, () => void came++))
      .then(
        () => "no error at all",
        (error: unknown) => error,
      );
    const error = await bench.within("consume() to fail", failed);
    assert.ok(error instanceof Error, `it said: ${error}`);
    assert.equal(await bench.send(transport, queue).kind(), "accepted");
    const proper = await bench.consume(transport, queue, { accept: true });
    await proper.deliveries.next();
    assert.equal(came, 0);
  },
}));

/** Credit: how many unsettled deliveries a consumer is willing to hold. */
export const credit: Suite = suite("credit", [
  ...bounds,
  ...givesBack,
  ...wrongCredit,
  {
    id: "largest",
    title: "the largest credit, 65,535, is taken",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 65_535 });
      for (const each of numbered(500)) bench.send(transport, consumer.queue, each);
      for (const each of await consumer.deliveries.take(500, bench.waits.reconnectMs)) each.accept();
    },
  },
  {
    id: "thousands-unsettled",
    title: "with credit 3,000 as many deliveries come before any is settled",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 3_000 });
      for (const each of numbered(3_000)) bench.send(transport, consumer.queue, each);
      const all = await consumer.deliveries.take(3_000, bench.waits.reconnectMs);
      for (const each of all) each.accept();
    },
  },
  {
    id: "settling-twice-gives-one",
    title: "a delivery that is settled twice gives one credit back",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 2 });
      for (const each of numbered(6)) bench.send(transport, consumer.queue, each);
      const [first] = await consumer.deliveries.take(2);
      first?.accept();
      first?.accept();
      first?.reject();
      await consumer.deliveries.next();
      await consumer.deliveries.nothingMore("one delivery was settled, however often");
    },
  },
  {
    id: "any-order",
    title: "the credit of whichever delivery is settled first comes back first",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 3 });
      for (const each of numbered(5)) bench.send(transport, consumer.queue, each);
      const [, middle, last] = await consumer.deliveries.take(3);
      last?.accept();
      await consumer.deliveries.next();
      middle?.accept();
      await consumer.deliveries.next();
      assert.deepEqual(consumer.texts, numbers(5));
    },
  },
  {
    id: "per-consumer",
    title: "each consumer of a transport has its own credit",
    async run(bench) {
      const transport = await bench.up();
      const first = await bench.consume(transport, bench.queueName(), { credit: 1 });
      const second = await bench.consume(transport, bench.queueName(), { credit: 1 });
      for (const { queue } of [first, second])
        for (const each of numbered(3)) bench.send(transport, queue, each);
      for (const { deliveries } of [first, second]) {
        await deliveries.next();
        await deliveries.nothingMore("its credit is 1");
      }
    },
  },
  {
    id: "does-not-pile-up",
    title: "credit that was given back while the queue was empty does not pile up",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 2 });
      for (let i = 0; i < 10; i++) {
        bench.send(transport, consumer.queue);
        (await consumer.deliveries.next()).accept();
      }
      for (const each of numbered(10)) bench.send(transport, consumer.queue, each);
      await consumer.deliveries.take(2);
      await consumer.deliveries.nothingMore("its credit is 2");
    },
  },
  {
    id: "full-consumer-stops-only-itself",
    title: "a consumer without credit holds up no other consumer, inbox or send of its transport",
    async run(bench) {
      const transport = await bench.up();
      const full = await bench.consume(transport, bench.queueName(), { credit: 1 });
      const free = await bench.consume(transport, bench.queueName(), { accept: true });
      const inbox = await bench.openInbox(transport);
      for (const each of numbered(200)) bench.send(transport, full.queue, each);
      await full.deliveries.next();
      assert.equal(await bench.send(transport, free.queue).kind(), "accepted");
      await free.deliveries.next();
      assert.equal(await bench.reply(transport, inbox.address).kind(), "accepted");
      await inbox.messages.next();
    },
  },
  {
    id: "bytes-do-not-count",
    title: "credit counts deliveries, whatever their size",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 3 });
      const large = message({ body: new Uint8Array(200_000) });
      for (let i = 0; i < 4; i++) bench.send(transport, consumer.queue, large);
      await consumer.deliveries.take(3);
      await consumer.deliveries.nothingMore("its credit is 3");
    },
  },
  {
    id: "held-after-reconnect",
    title: "a consumer's credit is the same after a reconnect",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 2 });
      await bench.cut(transport);
      const durable = numbered(5).map((each) => ({ ...each, durable: true }));
      for (const each of durable) await bench.sendPatiently(transport, consumer.queue, each);
      await consumer.deliveries.take(2);
      await consumer.deliveries.nothingMore("its credit is 2");
    },
  },
]);
