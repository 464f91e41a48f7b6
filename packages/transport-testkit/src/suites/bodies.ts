import assert from "node:assert/strict";
import type { Message, SendOutcome, Transport } from "@porthos-rpc/protocol";
import { Arrivals } from "../bench/arrivals.js";
import type { Bench } from "../bench/bench.js";
import { assertSameBytes, message, patterned, textOf } from "../bench/messages.js";
import type { Sent } from "../bench/sent.js";
import { type Needs, type Suite, suite, type TransportCase } from "../transport-case.js";
import { assertRefused } from "./assertions.js";

/** The three ways that a message takes. */
interface Way {
  readonly name: "send" | "reply" | "publish";
  readonly needs?: Needs;
  /** Opens the far end: what to call with a message, and where it arrives. */
  open(
    bench: Bench,
    transport: Transport,
  ): Promise<{ send(what: Message): Sent; arrived: Arrivals<Message> }>;
}

const WAYS: readonly Way[] = [
  {
    name: "send",
    async open(bench, transport) {
      const arrived = new Arrivals<Message>("a message", bench.waits);
      const queue = bench.queueName();
      const consuming = transport.consume(queue, { credit: 10 }, (delivery) => {
        arrived.add(delivery.message);
        delivery.accept();
      });
      await bench.within("consume()", consuming);
      return { send: (what) => bench.send(transport, queue, what), arrived };
    },
  },
  {
    name: "reply",
    async open(bench, transport) {
      const inbox = await bench.openInbox(transport);
      return { send: (what) => bench.reply(transport, inbox.address, what), arrived: inbox.messages };
    },
  },
  {
    name: "publish",
    needs: { features: ["topics"] },
    async open(bench, transport) {
      const { topic, messages } = await bench.subscribe(transport, bench.topicName());
      return { send: (what) => bench.publish(transport, topic, what), arrived: messages };
    },
  },
];

const SIZES: readonly (readonly [slug: string, words: string, bytes: number])[] = [
  ["empty", "an empty body", 0],
  ["1", "a body of one byte", 1],
  ["64k", "a body of 64 KiB", 65_536],
  ["frame", "a body of two frames of 128 KiB and a byte", 262_145],
  ["1m", "a body of 1 MiB", 1_048_576],
];

/** The needs of both. */
function both(way: Way, needs: Needs): Needs {
  return { ...needs, ...way.needs };
}

const sizes: TransportCase[] = WAYS.flatMap((way) =>
  SIZES.map(
    ([slug, words, bytes]): TransportCase => ({
      id: `${way.name}-${slug}`,
      title: `${way.name}: ${words} arrives byte by byte`,
      needs: both(way, {}),
      async run(bench) {
        const { send, arrived } = await way.open(bench, await bench.up());
        const body = patterned(bytes);
        assert.equal(await send(message({ body })).kind(), "accepted");
        assertSameBytes((await arrived.next()).body, body);
      },
    }),
  ),
);

const limits: TransportCase[] = WAYS.flatMap((way): TransportCase[] => [
  {
    id: `${way.name}-at-the-limit`,
    title: `${way.name}: a body as large as the limit allows arrives`,
    needs: both(way, { limits: ["maxMessageBytes"] }),
    async run(bench) {
      const { send, arrived } = await way.open(bench, await bench.up());
      const body = patterned(bench.limits.maxMessageBytes ?? 0);
      assert.equal(await send(message({ body })).kind(bench.waits.reconnectMs), "accepted");
      assertSameBytes((await arrived.next(bench.waits.reconnectMs)).body, body);
    },
  },
  {
    id: `${way.name}-over-the-limit`,
    title: `${way.name}: a body one byte over the limit is refused as TooLarge, and harms no other message`,
    needs: both(way, { limits: ["maxMessageBytes"] }),
    async run(bench) {
      const transport = await bench.up();
      const { send, arrived } = await way.open(bench, transport);
      const downs = bench.listen(transport, "down");
      const body = new Uint8Array((bench.limits.maxMessageBytes ?? 0) + 1);
      const [before, refused, after] = [
        send(message("before")),
        send(message({ body })),
        send(message("after")),
      ];
      assertRefused(await refused.outcome(), "TooLarge");
      assert.deepEqual([await before.kind(), await after.kind()], ["accepted", "accepted"]);
      assert.deepEqual((await arrived.take(2)).map(textOf), ["before", "after"]);
      assert.equal(downs.count, 0, "the connection was lost over it");
    },
  },
]);

/** Bodies: bytes, as many as there are, and whose they are. */
export const bodies: Suite = suite("bodies", [
  ...sizes,
  ...limits,
  {
    id: "every-byte",
    title: "every value that a byte can have arrives",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const body = Uint8Array.from({ length: 256 }, (_, index) => index);
      bench.send(transport, consumer.queue, message({ body }));
      assertSameBytes((await consumer.deliveries.next()).message.body, body);
    },
  },
  {
    id: "view",
    title: "of a body that is a part of a larger buffer that part arrives",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const body = patterned(1_000).subarray(100, 200);
      bench.send(transport, consumer.queue, message({ body }));
      assertSameBytes((await consumer.deliveries.next()).message.body, body);
    },
  },
  {
    id: "owned",
    title: "the receiver owns its bytes: writing into them changes no message of the sender's",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const body = patterned(1_000);
      const copy = body.slice();
      bench.send(transport, consumer.queue, message({ body }));
      (await consumer.deliveries.next()).message.body.fill(0);
      assertSameBytes(body, copy);
    },
  },
  {
    id: "kept",
    title: "bodies that a receiver keeps stay as they came, whatever comes later",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 100, accept: true });
      const sent = Array.from({ length: 100 }, (_, index) => patterned(1_000 + index, index));
      for (const body of sent) bench.send(transport, consumer.queue, message({ body }));
      const kept = await consumer.deliveries.take(100);
      for (const [index, body] of sent.entries())
        assertSameBytes(kept[index]?.message.body ?? body.subarray(1), body);
    },
  },
  {
    id: "apart",
    title: "two received bodies share no memory: writing into one leaves the other",
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      const bodies = Array.from({ length: 10 }, (_, index) => patterned(100, index));
      for (const body of bodies) bench.reply(transport, inbox.address, message({ body }));
      const received = await inbox.messages.take(10);
      for (const [index, each] of received.entries()) if (index % 2 === 0) each.body.fill(0xff);
      for (let index = 1; index < 10; index += 2) {
        assertSameBytes((received[index] as Message).body, bodies[index] as Uint8Array);
      }
    },
  },
  {
    id: "concurrent",
    title: "large bodies that are sent at once do not mix",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const sent = Array.from({ length: 20 }, (_, index) => patterned(150_000 + index, index));
      const outcomes: Promise<SendOutcome>[] = sent.map((body) =>
        bench.send(transport, consumer.queue, message({ body })).outcome(bench.waits.reconnectMs),
      );
      await Promise.all(outcomes);
      const received = await consumer.deliveries.take(20, bench.waits.reconnectMs);
      for (const [index, each] of received.entries())
        assertSameBytes(each.message.body, sent[index] as Uint8Array);
    },
  },
]);
