import assert from "node:assert/strict";
import type { Delivery } from "@porthos-rpc/protocol";
import { numbered, numbers, textOf } from "../bench/messages.js";
import { type Suite, suite, type TransportCase } from "../transport-case.js";

type Way = "accept" | "reject" | "release";
const WAYS: readonly Way[] = ["accept", "reject", "release"];

/** First one, then another: only the first counts, which shows in whether the message comes again. */
const firstCounts: TransportCase[] = WAYS.flatMap((first) =>
  WAYS.filter((second) => second !== first).map(
    (second): TransportCase => ({
      id: `${first}-then-${second}`,
      title: `after ${first}(), ${second}() does nothing`,
      async run(bench) {
        const transport = await bench.up();
        const consumer = await bench.consume(transport, bench.queueName(), { credit: 5 });
        bench.send(transport, consumer.queue, "once");
        const delivery = await consumer.deliveries.next();
        delivery[first]();
        delivery[second]();
        if (first === "release") (await consumer.deliveries.next()).accept();
        await consumer.deliveries.nothingMore(`${first}() was first`);
        assert.equal(transport.state, "up");
      },
    }),
  ),
);

const afterCancel: TransportCase[] = WAYS.map((way) => ({
  id: `${way}-after-cancel`,
  title: `a delivery that was unsettled when its consumer was cancelled can still be settled: ${way}()`,
  async run(bench) {
    const transport = await bench.up();
    const consumer = await bench.consume(transport, bench.queueName());
    bench.send(transport, consumer.queue, "held");
    const delivery = await consumer.deliveries.next();
    await consumer.cancel();
    delivery[way]();
    const next = await bench.consume(transport, consumer.queue, { accept: true });
    if (way === "release") await next.deliveries.next();
    await next.deliveries.nothingMore(`${way}() was called`);
  },
}));

const afterClose: TransportCase[] = WAYS.map((way) => ({
  id: `${way}-after-close`,
  title: `after close(), ${way}() does nothing: the broker has the message back`,
  async run(bench) {
    const [transport, other] = [await bench.up(), await bench.up()];
    const consumer = await bench.consume(transport, bench.queueName());
    assert.equal(await bench.send(other, consumer.queue, "held").kind(), "accepted");
    const delivery = await consumer.deliveries.next();
    await bench.close(transport);
    delivery[way]();
    const next = await bench.consume(other, consumer.queue, { accept: true });
    assert.equal(textOf((await next.deliveries.next()).message), "held");
    await next.deliveries.nothingMore("there was one message");
  },
}));

const afterReconnect: TransportCase[] = WAYS.map((way) => ({
  id: `${way}-after-reconnect`,
  title: `after its connection was lost, ${way}() of a delivery does nothing: the broker delivers it again`,
  needs: { broker: ["cut"] },
  async run(bench) {
    const [transport, other] = [await bench.up(), await bench.up()];
    const consumer = await bench.consume(transport, bench.queueName());
    assert.equal(await bench.send(transport, consumer.queue, "held").kind(), "accepted");
    const stale = await consumer.deliveries.next();
    await bench.cut(transport, other);
    stale[way]();
    const again = await consumer.deliveries.next(bench.waits.reconnectMs);
    assert.equal(textOf(again.message), "held");
    stale[way]();
    await consumer.deliveries.nothingMore("it was delivered again once");
    assert.equal(transport.state, "up");
    await bench.close(transport);
    const heir = await bench.consume(other, consumer.queue, { accept: true });
    assert.equal(textOf((await heir.deliveries.next()).message), "held");
  },
}));

const afterItCameAgain: TransportCase[] = WAYS.map((way) => ({
  id: `${way}-after-it-came-again`,
  title: `once a released message has come again, ${way}() of its old delivery does nothing to the new one`,
  async run(bench) {
    const [transport, other] = [await bench.up(), await bench.up()];
    const consumer = await bench.consume(transport, bench.queueName());
    assert.equal(await bench.send(other, consumer.queue, "held").kind(), "accepted");
    const stale = await consumer.deliveries.next();
    stale.release();
    await consumer.deliveries.next();
    stale[way]();
    await consumer.deliveries.nothingMore("it was released once");
    await bench.close(transport);
    const heir = await bench.consume(other, consumer.queue, { accept: true });
    assert.equal(textOf((await heir.deliveries.next()).message), "held");
  },
}));

const afterItCameToAnother: TransportCase[] = WAYS.map((way) => ({
  id: `${way}-after-it-came-to-another`,
  title: `once a released message has come to another consumer of its transport, ${way}() of its old delivery does nothing`,
  async run(bench) {
    const [transport, other] = [await bench.up(), await bench.up()];
    const first = await bench.consume(transport, bench.queueName());
    assert.equal(await bench.send(other, first.queue, "held").kind(), "accepted");
    const stale = await first.deliveries.next();
    await first.cancel();
    const second = await bench.consume(transport, first.queue);
    stale.release();
    await second.deliveries.next();
    stale[way]();
    await second.deliveries.nothingMore("it was released once");
    await bench.close(transport);
    const heir = await bench.consume(other, first.queue, { accept: true });
    assert.equal(textOf((await heir.deliveries.next()).message), "held");
  },
}));

/** Accept, release, reject: each delivery once. */
export const settling: Suite = suite("settling", [
  {
    id: "accepted-is-gone",
    title: "an accepted message never comes again",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      for (const each of numbered(10)) bench.send(transport, consumer.queue, each);
      await consumer.deliveries.take(10);
      await bench.close(transport);
      const next = await bench.consume(other, consumer.queue);
      await next.deliveries.nothingMore("all were accepted");
    },
  },
  {
    id: "rejected-is-gone",
    title: "a rejected message never comes again",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName());
      for (const each of numbered(10)) bench.send(transport, consumer.queue, each);
      for (const each of await consumer.deliveries.take(10)) each.reject();
      await consumer.deliveries.nothingMore("all were rejected");
      await bench.close(transport);
      const next = await bench.consume(other, consumer.queue);
      await next.deliveries.nothingMore("all were rejected");
    },
  },
  {
    id: "released-comes-again",
    title: "a released message comes again",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName());
      bench.send(transport, consumer.queue, "again");
      (await consumer.deliveries.next()).release();
      assert.equal(await consumer.acceptNext(), "again");
      await consumer.deliveries.nothingMore("it was accepted");
    },
  },
  ...firstCounts,
  ...afterCancel,
  ...afterClose,
  ...afterReconnect,
  ...afterItCameAgain,
  ...afterItCameToAnother,
  {
    id: "one-at-a-time",
    title: "settling one delivery settles no other",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName());
      for (const each of numbered(5))
        assert.equal(await bench.send(other, consumer.queue, each).kind(), "accepted");
      const deliveries = await consumer.deliveries.take(5);
      deliveries[2]?.accept();
      deliveries[4]?.reject();
      await bench.close(transport);
      const next = await bench.consume(other, consumer.queue, { accept: true });
      await next.deliveries.take(3);
      await next.deliveries.nothingMore("two of the five were settled");
      assert.deepEqual(next.texts.sort(), ["0", "1", "3"]);
    },
  },
  {
    id: "in-the-callback",
    title: "a delivery can be settled while it is being delivered",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 1, accept: true });
      for (const each of numbered(100)) bench.send(transport, consumer.queue, each);
      await consumer.deliveries.take(100);
      assert.deepEqual(consumer.texts, numbers(100));
    },
  },
  {
    id: "release-in-the-callback",
    title: "a delivery can be released while it is being delivered",
    async run(bench) {
      const transport = await bench.up();
      const queue = bench.queueName();
      const tries: Delivery[] = [];
      const consuming = transport.consume(queue, { credit: 1 }, (delivery) => {
        tries.push(delivery);
        if (tries.length < 3) delivery.release();
        else delivery.accept();
      });
      await bench.within("consume()", consuming);
      bench.send(transport, queue);
      await bench.until("three tries", () => tries.length >= 3);
      await bench.quiet();
      assert.equal(tries.length, 3);
    },
  },
  {
    id: "backwards",
    title: "deliveries can be settled in any order",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 50 });
      for (const each of numbered(50)) bench.send(transport, consumer.queue, each);
      for (const each of (await consumer.deliveries.take(50)).reverse()) each.accept();
      await bench.close(transport);
      const next = await bench.consume(other, consumer.queue);
      await next.deliveries.nothingMore("all were accepted");
    },
  },
  {
    id: "stale-settles-no-other",
    title: "settling a delivery of a lost connection settles no delivery of the new one",
    needs: { broker: ["cut"] },
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 3 });
      for (const each of numbered(3))
        assert.equal(await bench.send(transport, consumer.queue, each).kind(), "accepted");
      const stale = await consumer.deliveries.take(3);
      await bench.cut(transport, other);
      await consumer.deliveries.take(3, bench.waits.reconnectMs);
      for (const each of stale) each.accept();
      await bench.quiet();
      await bench.close(transport);
      const heir = await bench.consume(other, consumer.queue, { accept: true });
      await heir.deliveries.take(3);
      assert.deepEqual(heir.texts.sort(), numbers(3));
    },
  },
]);
