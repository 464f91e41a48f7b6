import assert from "node:assert/strict";
import type { Transport } from "@porthos-rpc/protocol";
import type { Bench } from "../bench/bench.js";
import { numbered, numbers, textOf } from "../bench/messages.js";
import type { Sent } from "../bench/sent.js";
import { type Needs, type Suite, suite } from "../transport-case.js";

const BLOCK: Needs = { broker: ["block", "unblock"] };

/**
 * Blocks the broker; some tell so only to those who send, so something is sent. What is sent before their word has come may
 * still be taken: then once more.
 */
async function blocked(bench: Bench, transport: Transport, queue: string): Promise<Sent> {
  const events = bench.listen(transport, "blocked");
  await bench.broker.block();
  let sent = bench.send(transport, queue, "first");
  await bench.until("the broker to be blocked", () => {
    if (events.count > 0) return true;
    if (sent.outcomes.length > 0) sent = bench.send(transport, queue, "first");
    return false;
  });
  const event = await events.next();
  assert.equal(event.blocked, true);
  return sent;
}

/** A broker that takes no messages for now. */
export const blockedBroker: Suite = suite("blocked", [
  {
    id: "told",
    title: "the transport says that the broker is blocked, with a reason, and says when it is not any more",
    needs: BLOCK,
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const events = bench.listen(transport, "blocked");
      await blocked(bench, transport, queue);
      await bench.broker.unblock();
      const [begin, end] = await events.take(2);
      assert.deepEqual([begin?.blocked, end?.blocked], [true, false]);
      assert.ok(typeof begin?.reason === "string" && begin.reason !== "");
    },
  },
  {
    id: "sends-wait",
    title: "what is sent to a blocked broker is told once: when it has been taken, or refused at once",
    needs: BLOCK,
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const sent = [await blocked(bench, transport, queue)];
      for (const each of numbered(20)) sent.push(bench.send(transport, queue, each));
      await bench.quiet();
      await bench.broker.unblock();
      for (const each of sent) {
        const kind = await each.kind(bench.waits.reconnectMs);
        assert.ok(["accepted", "refused"].includes(kind), kind);
      }
    },
  },
  {
    id: "nothing-lost",
    title: "what a blocked broker accepts in the end is delivered, in order",
    needs: BLOCK,
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      await blocked(bench, transport, queue);
      const sent = numbered(20).map((each) => bench.send(transport, queue, each));
      await bench.broker.unblock();
      const kinds = await Promise.all(sent.map((each) => each.kind(bench.waits.reconnectMs)));
      const expected = numbers(20).filter((_, index) => kinds[index] === "accepted");
      const consumer = await bench.consume(transport, queue, { credit: 100, accept: true });
      await bench.until("all that was accepted", () => consumer.deliveries.count >= expected.length);
      assert.deepEqual(
        consumer.texts.filter((text) => text !== "first"),
        expected,
      );
    },
  },
  {
    id: "consuming-goes-on",
    title: "while the broker is blocked deliveries go on, and can be settled",
    needs: BLOCK,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 1 });
      for (const each of numbered(5))
        assert.equal(await bench.send(transport, consumer.queue, each).kind(), "accepted");
      await consumer.deliveries.next();
      const queue = await bench.declareQueue(transport);
      await blocked(bench, transport, queue);
      consumer.deliveries.all[0]?.accept();
      for (let i = 1; i < 5; i++) await consumer.acceptNext();
      assert.deepEqual(consumer.texts, numbers(5));
    },
  },
  {
    id: "works-again",
    title: "once the broker is unblocked messages flow as before",
    needs: BLOCK,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await blocked(bench, transport, consumer.queue);
      await bench.broker.unblock();
      await bench.sendPatiently(transport, consumer.queue, "after");
      await bench.until("the message", () => consumer.texts.includes("after"));
      assert.equal(transport.state, "up");
    },
  },
  {
    id: "close",
    title: "close() does not wait for a blocked broker; what was being sent is told once",
    needs: BLOCK,
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const sent = [await blocked(bench, transport, queue)];
      for (const each of numbered(10)) sent.push(bench.send(transport, queue, each));
      await bench.close(transport);
      assert.deepEqual(
        sent.map(({ outcomes }) => outcomes.length),
        sent.map(() => 1),
      );
    },
  },
  {
    id: "release",
    title: "the last lease can be released while the broker is blocked",
    needs: BLOCK,
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.ready(transport);
      const queue = await bench.declareQueue(transport);
      await blocked(bench, transport, queue);
      await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      assert.equal(transport.state, "idle");
    },
  },
  {
    id: "message-kept-whole",
    title: "a message that waited for the broker arrives whole",
    needs: BLOCK,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const sent = await blocked(bench, transport, consumer.queue);
      await bench.broker.unblock();
      if ((await sent.kind(bench.waits.reconnectMs)) !== "accepted") return;
      assert.equal(textOf((await consumer.deliveries.next()).message), "first");
    },
  },
]);
