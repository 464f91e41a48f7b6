import assert from "node:assert/strict";
import type { Message } from "@porthos-rpc/protocol";
import type { Bench } from "../bench/bench.js";
import { type MessageParts, message } from "../bench/messages.js";
import { type Suite, suite, type TransportCase } from "../transport-case.js";

async function roundTrip(bench: Bench, parts: MessageParts): Promise<Message> {
  const transport = await bench.up();
  const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
  assert.equal(await bench.send(transport, consumer.queue, message(parts)).kind(), "accepted");
  return (await consumer.deliveries.next()).message;
}

type TextField = "contentType" | "correlationId";

const TEXTS: readonly (readonly [slug: string, field: TextField, words: string, value: string])[] = [
  ["type-json", "contentType", "a content type", "application/json"],
  ["type-parameters", "contentType", "a content type with parameters", 'Text/Plain; Charset=UTF-8; a="b; c"'],
  ["type-255", "contentType", "a content type of 255 bytes", `application/${"x".repeat(243)}`],
  ["type-odd", "contentType", "a content type that is none", "not a type at all"],
  ["id", "correlationId", "a correlation id", "a-1"],
  ["id-digits", "correlationId", "a correlation id of digits", "42"],
  ["id-255", "correlationId", "a correlation id of 255 bytes", "i".repeat(255)],
  ["id-unicode", "correlationId", "a correlation id in other scripts", "ключ-鍵-🗝-é"],
  ["id-unicode-255", "correlationId", "a correlation id of 85 characters of 3 bytes", "鍵".repeat(85)],
  ["id-spaces", "correlationId", "a correlation id with spaces and signs", ' a b/c?d=e&f%20g"h" '],
  ["id-uuid", "correlationId", "a correlation id that is a UUID", "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"],
];

const texts: TransportCase[] = TEXTS.map(([slug, field, words, value]) => ({
  id: slug,
  title: `${words} arrives as it was sent`,
  async run(bench) {
    assert.equal((await roundTrip(bench, { [field]: value }))[field], value);
  },
}));

const FIELDS: readonly (keyof Message)[] = ["contentType", "correlationId", "replyTo", "ttlMs"];

const absent: TransportCase[] = FIELDS.map((field) => ({
  id: `without-${field}`,
  title: `a message without ${field} arrives without one`,
  async run(bench) {
    const all = { contentType: "a/b", correlationId: "c", ttlMs: 60_000 };
    const received = await roundTrip(bench, { ...all, [field]: undefined });
    assert.equal(received[field], undefined);
  },
}));

/** The other fields of a message. */
export const properties: Suite = suite("properties", [
  ...texts,
  ...absent,
  {
    id: "one-shape",
    title: "every field of a received message is present",
    async run(bench) {
      const received = await roundTrip(bench, {});
      const fields = ["body", "contentType", "correlationId", "replyTo", "ttlMs", "headers", "durable"];
      assert.deepEqual(
        fields.filter((field) => !(field in received)),
        [],
      );
      assert.equal(typeof received.durable, "boolean");
      assert.ok(received.headers instanceof Map);
    },
  },
  {
    id: "on-replies",
    title: "a reply carries content type and correlation id",
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      const correlationId = "鍵".repeat(85);
      bench.reply(transport, inbox.address, message({ contentType: "text/plain", correlationId }));
      const received = await inbox.messages.next();
      assert.deepEqual([received.contentType, received.correlationId], ["text/plain", correlationId]);
    },
  },
  {
    id: "not-carried-over",
    title: "a message takes nothing over from the one before it",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const full = { contentType: "a/b", correlationId: "c", ttlMs: 60_000, headers: new Map([["d", "e"]]) };
      bench.send(transport, consumer.queue, message(full));
      bench.send(transport, consumer.queue, message());
      await consumer.deliveries.next();
      const second = (await consumer.deliveries.next()).message;
      assert.deepEqual(
        [second.contentType, second.correlationId, second.ttlMs],
        [undefined, undefined, undefined],
      );
      assert.equal(second.headers.size, 0);
    },
  },
]);
