import assert from "node:assert/strict";
import type { HeaderValue, Message, Transport } from "@porthos-rpc/protocol";
import type { Bench } from "../bench/bench.js";
import { type MessageParts, message, numbered, numbers, textOf } from "../bench/messages.js";
import { type Suite, suite, type TransportCase } from "../transport-case.js";
import { assertRefused } from "./assertions.js";

/** After the hostile act: the same connection still carries messages both ways. */
async function assertAlive(
  bench: Bench,
  transport: Transport,
  act: (queue: string) => Promise<void>,
): Promise<void> {
  const downs = bench.listen(transport, "down");
  const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
  await act(consumer.queue);
  assert.equal(await bench.send(transport, consumer.queue, "still alive").kind(), "accepted");
  assert.equal(textOf((await consumer.deliveries.next()).message), "still alive");
  await bench.quiet();
  assert.deepEqual(consumer.texts, ["still alive"]);
  assert.deepEqual([transport.state, downs.count], ["up", 0]);
}

/** Forms of a reply address that could harm a transport or its broker: never delivered, and the transport lives. */
const ADDRESSES: readonly (readonly [slug: string, words: string, address: unknown])[] = [
  ["empty", "empty", ""],
  ["256", "256 bytes long", "a".repeat(256)],
  ["unicode-256", "256 bytes long in 86 characters", `a${"鍵".repeat(85)}`],
  ["64k", "64 KiB long", "a".repeat(65_536)],
  ["number", "a number", 42],
  ["null", "null", null],
  ["object", "an object", { toString: () => "gotcha" }],
];

const refusedAddresses: TransportCase[] = ADDRESSES.map(([slug, words, address]) => ({
  id: `address-${slug}`,
  title: `a reply address that is ${words} is refused, and the transport lives`,
  async run(bench) {
    const transport = await bench.up();
    await assertAlive(bench, transport, async () => {
      assertRefused(await bench.reply(transport, address as string).outcome());
    });
  },
}));

/** Forms that one broker or another takes for something else than an inbox. Some transports can tell, some cannot. */
const TRICKS: readonly (readonly [slug: string, words: string, address: string])[] = [
  ["forged-token", "a forged direct reply-to token", "amq.rabbitmq.reply-to.AAAA.AAAA"],
  ["bare-token", "the name of the direct reply-to pseudo queue", "amq.rabbitmq.reply-to"],
  ["zero-byte", "a zero byte in it", "an\u0000inbox"],
  ["line-break", "a line break in it", "an\r\ninbox"],
  ["surrogate", "half a surrogate pair in it", "an\ud800inbox"],
  ["bad-escape", "a broken percent escape in it", "/queues/%zz"],
  ["exchange", "the form of an exchange's address", "/exchanges/amq.fanout"],
  ["management", "the name of a management node", "$management"],
  ["proto", "the name of an object's part", "__proto__"],
  ["stranger", "no address of this transport at all", "nobody-ever-had-this-address"],
];

const trickAddresses: TransportCase[] = TRICKS.map(([slug, words, address]) => ({
  id: `address-${slug}`,
  title: `a reply address with ${words} ends in one outcome, and the transport lives`,
  async run(bench) {
    const transport = await bench.up();
    await assertAlive(bench, transport, async () => {
      const kind = await bench.reply(transport, address).kind();
      const allowed = bench.features.unroutableReplies
        ? ["refused", "unroutable"]
        : ["refused", "unroutable", "accepted"];
      assert.ok(allowed.includes(kind), kind);
    });
  },
}));

function circular(): HeaderValue {
  const table: Record<string, unknown> = {};
  table["self"] = table;
  return table as HeaderValue;
}

function deep(levels: number): HeaderValue {
  let value: HeaderValue = "bottom";
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

const header = (value: unknown): MessageParts => ({ headers: new Map([["bad", value as HeaderValue]]) });

/** Messages that no transport can carry: the sender is told, and nobody else notices. */
const MESSAGES: readonly (readonly [slug: string, words: string, parts: () => MessageParts])[] = [
  ["id-256", "a correlation id of 256 bytes", () => ({ correlationId: "i".repeat(256) })],
  [
    "id-unicode-256",
    "a correlation id of 256 bytes in 86 characters",
    () => ({ correlationId: `i${"鍵".repeat(85)}` }),
  ],
  ["type-256", "a content type of 256 bytes", () => ({ contentType: "t".repeat(256) })],
  ["reply-to-256", "a replyTo of 256 bytes", () => ({ replyTo: "r".repeat(256) })],
  ["circular", "a circular header", () => header(circular())],
  ["bigint", "a BigInt in a header", () => header(1n)],
  ["function", "a function in a header", () => header(() => {})],
  ["symbol", "a symbol in a header", () => header(Symbol("bad"))],
  ["nested-bigint", "a BigInt deep in a header", () => header({ list: [1, { deep: 1n }] })],
  ["invalid-date", "an invalid date in a header", () => header(new Date(Number.NaN))],
  ["deep", "a header nested 10,000 deep", () => header(deep(10_000))],
  [
    "throwing-header",
    "a header whose getter throws",
    () =>
      header(
        Object.defineProperty({}, "bad", {
          enumerable: true,
          get: () => {
            throw new Error("gotcha");
          },
        }),
      ),
  ],
  ["ttl-zero", "a time to live of 0", () => ({ ttlMs: 0 })],
  ["ttl-negative", "a negative time to live", () => ({ ttlMs: -1 })],
  ["ttl-fraction", "a time to live with a fraction", () => ({ ttlMs: 1.5 })],
  ["ttl-nan", "a time to live that is no number", () => ({ ttlMs: Number.NaN })],
  ["ttl-infinite", "an infinite time to live", () => ({ ttlMs: Number.POSITIVE_INFINITY })],
  ["body-text", "a body that is a text", () => ({ body: "text" as unknown as Uint8Array })],
];

function hostile(parts: MessageParts): Message {
  // `message` would make bytes of a text: here the text itself is the point.
  return { ...message(parts), ...(parts as Partial<Message>) };
}

const refusedMessages: TransportCase[] = MESSAGES.map(([slug, words, parts]) => ({
  id: `message-${slug}`,
  title: `a message with ${words} is refused, and the transport lives`,
  async run(bench) {
    const transport = await bench.up();
    await assertAlive(bench, transport, async (queue) => {
      assertRefused(await bench.send(transport, queue, hostile(parts())).outcome());
    });
  },
}));

const QUEUES: readonly (readonly [slug: string, words: string, queue: string])[] = [
  ["empty", "that is empty", ""],
  ["256", "of 256 bytes", "q".repeat(256)],
];

const refusedQueues: TransportCase[] = QUEUES.map(([slug, words, queue]) => ({
  id: `queue-${slug}`,
  title: `a queue name ${words} is refused by send() and by consume(), and the transport lives`,
  async run(bench) {
    const transport = await bench.up();
    await assertAlive(bench, transport, async () => {
      const kind = await bench.send(transport, queue).kind();
      assert.ok(["refused", "unroutable"].includes(kind), kind);
      const failed = Promise.resolve()
        .then(() => transport.consume(queue, { credit: 1 }, () => {}))
        .then(
          () => "no error at all",
          (error: unknown) => error,
        );
      assert.ok((await bench.within("consume() to fail", failed)) instanceof Error);
    });
  },
}));

/** What a careless user or a stranger may hand to a transport. */
export const hostileInput: Suite = suite("hostile", [
  ...refusedAddresses,
  ...trickAddresses,
  ...refusedMessages,
  ...refusedQueues,
  {
    id: "among-others",
    title: "messages that are refused harm no message that was sent before or after them",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 50, accept: true });
      const good = numbered(MESSAGES.length * 2);
      const sent = MESSAGES.flatMap(([, , parts], index) => {
        const [before, after] = [good[index * 2] as Message, good[index * 2 + 1] as Message];
        const first = bench.send(transport, consumer.queue, before);
        bench.send(transport, consumer.queue, hostile(parts()));
        return [first, bench.send(transport, consumer.queue, after)];
      });
      for (const each of sent) assert.equal(await each.kind(), "accepted");
      await consumer.deliveries.take(good.length);
      await bench.quiet();
      assert.deepEqual(consumer.texts, numbers(good.length));
    },
  },
  {
    id: "on-replies",
    title: "a reply that cannot be carried is refused, and harms no other reply",
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      const before = bench.reply(transport, inbox.address, "before");
      const refused = bench.reply(transport, inbox.address, message(header(circular())));
      const after = bench.reply(transport, inbox.address, "after");
      assertRefused(await refused.outcome());
      assert.deepEqual([await before.kind(), await after.kind()], ["accepted", "accepted"]);
      assert.deepEqual((await inbox.messages.take(2)).map(textOf), ["before", "after"]);
    },
  },
  {
    id: "on-topics",
    title: "a publish that cannot be carried is refused, and harms no other",
    needs: { features: ["topics"] },
    async run(bench) {
      const transport = await bench.up();
      const { topic, messages } = await bench.subscribe(transport, bench.topicName());
      bench.publish(transport, topic, "before");
      assertRefused(
        await bench.publish(transport, topic, message({ correlationId: "i".repeat(256) })).outcome(),
      );
      bench.publish(transport, topic, "after");
      assert.deepEqual((await messages.take(2)).map(textOf), ["before", "after"]);
    },
  },
]);
