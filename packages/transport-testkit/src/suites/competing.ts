import assert from "node:assert/strict";
import type { Bench } from "../bench/bench.js";
import type { Consumer } from "../bench/consumer.js";
import { numbered, numbers, textOf } from "../bench/messages.js";
import { type Suite, suite } from "../transport-case.js";

/** All that the consumers were given, sorted as numbers. */
function together(consumers: readonly Consumer[]): string[] {
  return consumers.flatMap(({ texts }) => texts).sort((a, b) => Number(a) - Number(b));
}

async function received(bench: Bench, consumers: readonly Consumer[], count: number): Promise<void> {
  const sum = (): number => consumers.reduce((total, { deliveries }) => total + deliveries.count, 0);
  await bench.until(`${count} deliveries in all`, () => sum() >= count, bench.waits.reconnectMs);
  await bench.quiet();
}

/** Several consumers of one queue share its messages. */
export const competing: Suite = suite("competing", [
  {
    id: "two-transports",
    title: "each message goes to one of two consumers on two transports",
    async run(bench) {
      const [sender, other] = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      const consumers = [
        await bench.consume(sender, queue, { accept: true }),
        await bench.consume(other, queue, { accept: true }),
      ];
      for (const each of numbered(100)) bench.send(sender, queue, each);
      await received(bench, consumers, 100);
      assert.deepEqual(together(consumers), numbers(100));
    },
  },
  {
    id: "same-transport",
    title: "each message goes to one of two consumers on the same transport",
    async run(bench) {
      const transport = await bench.up();
      const queue = bench.queueName();
      const consumers = [
        await bench.consume(transport, queue, { accept: true }),
        await bench.consume(transport, queue, { accept: true }),
      ];
      for (const each of numbered(100)) bench.send(transport, queue, each);
      await received(bench, consumers, 100);
      assert.deepEqual(together(consumers), numbers(100));
    },
  },
  {
    id: "shared",
    title: "a consumer that settles nothing gets no more than its credit; the other gets the rest",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      const stuck = await bench.consume(transport, queue, { credit: 2 });
      const busy = await bench.consume(other, queue, { credit: 2, accept: true });
      for (const each of numbered(50)) bench.send(transport, queue, each);
      await received(bench, [stuck, busy], 50);
      assert.equal(stuck.deliveries.count, 2);
      assert.deepEqual(together([stuck, busy]), numbers(50));
    },
  },
  {
    id: "both-work",
    title: "two consumers with credit 1 that settle nothing get one message each",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      const first = await bench.consume(transport, queue, { credit: 1 });
      const second = await bench.consume(other, queue, { credit: 1 });
      for (const each of numbered(2)) bench.send(transport, queue, each);
      await received(bench, [first, second], 2);
      assert.deepEqual([first.deliveries.count, second.deliveries.count], [1, 1]);
    },
  },
  {
    id: "latecomer",
    title: "a consumer that comes later takes part",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      const first = await bench.consume(transport, queue, { credit: 1 });
      for (const each of numbered(5)) bench.send(transport, queue, each);
      await first.deliveries.next();
      const late = await bench.consume(other, queue, { credit: 10, accept: true });
      assert.deepEqual(
        (await late.deliveries.take(4)).map((each) => textOf(each.message)),
        numbers(4, 1),
      );
    },
  },
  {
    id: "one-leaves",
    title: "when one of two consumers is cancelled the other gets every message",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      const leaving = await bench.consume(transport, queue, { accept: true });
      const staying = await bench.consume(other, queue, { accept: true });
      await leaving.cancel();
      for (const each of numbered(30)) bench.send(transport, queue, each);
      await staying.deliveries.take(30);
      assert.deepEqual(staying.texts, numbers(30));
      assert.equal(leaving.deliveries.count, 0);
    },
  },
  {
    id: "cancel-twice",
    title: "a consumer can be cancelled twice, and after its transport was closed",
    async run(bench) {
      const transport = await bench.up();
      const first = await bench.consume(transport, bench.queueName());
      const second = await bench.consume(transport, bench.queueName());
      await Promise.all([first.cancel(), first.cancel()]);
      await first.cancel();
      await bench.close(transport);
      await second.cancel();
    },
  },
  {
    id: "one-transport-closes",
    title: "what a closing transport held unsettled goes to the other consumer",
    async run(bench) {
      const [closing, other] = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      const lost = await bench.consume(closing, queue, { credit: 5 });
      for (const each of numbered(5)) assert.equal(await bench.send(other, queue, each).kind(), "accepted");
      await lost.deliveries.take(5);
      const heir = await bench.consume(other, queue, { accept: true });
      await bench.close(closing);
      await received(bench, [heir], 5);
      assert.deepEqual(together([heir]), numbers(5));
    },
  },
  {
    id: "queues-apart",
    title: "queues do not mix: each consumer gets what was sent to its own queue",
    async run(bench) {
      const transport = await bench.up();
      const [a, b] = [
        await bench.consume(transport, bench.queueName(), { accept: true }),
        await bench.consume(transport, bench.queueName(), { accept: true }),
      ];
      for (let i = 0; i < 50; i++) {
        bench.send(transport, a.queue, `a${i}`);
        bench.send(transport, b.queue, `b${i}`);
      }
      await received(bench, [a, b], 100);
      assert.deepEqual(
        a.texts,
        numbers(50).map((n) => `a${n}`),
      );
      assert.deepEqual(
        b.texts,
        numbers(50).map((n) => `b${n}`),
      );
    },
  },
]);
