import assert from "node:assert/strict";
import type { HeaderValue, ReadonlyHeaders } from "@porthos-rpc/protocol";
import type { Bench } from "../bench/bench.js";
import { message } from "../bench/messages.js";
import { type Needs, type Suite, suite, type TransportCase } from "../transport-case.js";
import { assertRefused } from "./assertions.js";
import { plain } from "./header-values.js";

const TYPED: Needs = { features: ["typedHeaders"] };
const NESTED: Needs = { features: ["typedHeaders", "nestedHeaders"] };

/** Sends a message with the headers through a queue, and tells what arrived. */
async function roundTrip(bench: Bench, headers: ReadonlyHeaders): Promise<ReadonlyHeaders> {
  const transport = await bench.up();
  const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
  assert.equal(await bench.send(transport, consumer.queue, message({ headers })).kind(), "accepted");
  return (await consumer.deliveries.next()).message.headers;
}

const TEXTS: readonly (readonly [slug: string, words: string, value: string])[] = [
  ["text", "a text", "hello"],
  ["empty-text", "an empty text", ""],
  [
    "unicode",
    "a text in several scripts, with an emoji and a combining mark",
    "grüße, привет, 你好, שלום, 🦊, é",
  ],
  ["zero-byte", "a text with a zero byte", "a\u0000b"],
  ["control", "a text with control characters and line breaks", "a\tb\r\nc\u0001\u007f"],
  ["digits", "a text of digits stays a text", "200"],
  ["true", "the text true stays a text", "true"],
  ["8k", "a text of 8 KiB", "x".repeat(8_192)],
];

const VALUES: readonly (readonly [slug: string, words: string, value: HeaderValue])[] = [
  ["zero", "zero", 0],
  ["status", "the number 200", 200],
  ["minus-one", "minus one", -1],
  ["int8-edge", "128", 128],
  ["int16-edge", "32,768", 32_768],
  ["int32-max", "the largest int32", 2_147_483_647],
  ["int32-min", "the smallest int32", -2_147_483_648],
  ["int64-above", "an integer just above int32", 2_147_483_648],
  ["int64-below", "an integer just below int32", -2_147_483_649],
  ["safe-max", "the largest safe integer", Number.MAX_SAFE_INTEGER],
  ["safe-min", "the smallest safe integer", Number.MIN_SAFE_INTEGER],
  ["fraction", "a fraction", 0.1],
  ["negative-fraction", "a negative fraction", -1234.5678],
  ["double-max", "the largest double", Number.MAX_VALUE],
  ["double-min", "the smallest positive double", Number.MIN_VALUE],
  ["yes", "true", true],
  ["no", "false", false],
  ["null", "null", null],
  ["date", "a date of whole seconds", new Date("2026-11-22T21:00:00Z")],
  ["bytes", "bytes, with a zero and bytes that are no UTF-8", new Uint8Array([0, 255, 195, 40, 1])],
  ["no-bytes", "no bytes at all", new Uint8Array(0)],
];

const NESTED_VALUES: readonly (readonly [slug: string, words: string, value: HeaderValue])[] = [
  ["list", "a list of several types", ["a", 1, true, null, 0.5]],
  ["empty-list", "an empty list", []],
  ["table", "a table", { name: "value", count: 3, ok: false }],
  ["empty-table", "an empty table", {}],
  [
    "nested",
    "tables in lists in tables",
    { list: [{ deep: ["deeper", { deepest: 1 }] }], other: { a: { b: "c" } } },
  ],
];

function valueCase(
  [slug, words, value]: readonly [string, string, HeaderValue],
  needs: Needs,
): TransportCase {
  return {
    id: slug,
    title: `a header keeps its value: ${words}`,
    needs,
    async run(bench) {
      const received = await roundTrip(bench, new Map([["the-header", value]]));
      assert.ok(received.has("the-header"), "the header did not arrive");
      assert.deepEqual(plain(received.get("the-header")), plain(value));
    },
  };
}

const NAMES: readonly (readonly [slug: string, name: string])[] = [
  ["method", "X-Method"],
  ["proto", "__proto__"],
  ["constructor", "constructor"],
  ["has-own", "hasOwnProperty"],
  ["to-string", "toString"],
  ["unicode-name", "größe-尺寸"],
  ["spaces", 'with spaces and: signs; = , "'],
  ["long-name", "n".repeat(120)],
];

const names: TransportCase[] = NAMES.map(([slug, name]) => ({
  id: `name-${slug}`,
  title: `a header may be named ${name.length > 40 ? `with ${name.length} characters` : name}`,
  async run(bench) {
    const prototype = Object.getOwnPropertyNames(Object.prototype).length;
    const received = await roundTrip(
      bench,
      new Map([
        [name, "value"],
        ["other", "left alone"],
      ]),
    );
    assert.deepEqual([received.get(name), received.get("other")], ["value", "left alone"]);
    assert.equal(Object.getOwnPropertyNames(Object.prototype).length, prototype);
    assert.equal(Reflect.get({}, "value"), undefined);
  },
}));

/** Headers: names and values as they were sent. */
export const headers: Suite = suite("headers", [
  ...TEXTS.map((each) => valueCase(each, {})),
  ...VALUES.map((each) => valueCase(each, TYPED)),
  ...NESTED_VALUES.map((each) => valueCase(each, NESTED)),
  ...names,
  {
    id: "untyped",
    title: "without typed headers a number arrives as its digits or not at all, and a text arrives",
    needs: { lacks: ["typedHeaders"] },
    async run(bench) {
      const received = await roundTrip(
        bench,
        new Map<string, HeaderValue>([
          ["number", 200],
          ["text", "hello"],
        ]),
      );
      assert.equal(received.get("text"), "hello");
      assert.ok(["200", undefined].includes(received.get("number") as string | undefined));
    },
  },
  {
    id: "not-nested",
    title: "without nested headers a message with a list or a table is refused, by the header's name",
    needs: { lacks: ["nestedHeaders"] },
    async run(bench) {
      const transport = await bench.up();
      const { queue } = await bench.consume(transport, bench.queueName(), { accept: true });
      for (const value of [["a list"], { a: "table" }]) {
        const sent = bench.send(transport, queue, message({ headers: new Map([["nested-one", value]]) }));
        const outcome = await sent.outcome();
        assertRefused(outcome, "BadRequest");
        assert.ok(outcome.kind === "refused" && outcome.error.message.includes("nested-one"));
      }
    },
  },
  {
    id: "none",
    title: "a message without headers arrives without headers",
    async run(bench) {
      assert.equal((await roundTrip(bench, new Map())).size, 0);
    },
  },
  {
    id: "sixty-four",
    title: "64 headers arrive, each with its own value",
    async run(bench) {
      const sent = new Map(Array.from({ length: 64 }, (_, index) => [`header-${index}`, `value ${index}`]));
      const received = await roundTrip(bench, sent);
      assert.deepEqual(new Map([...received].sort()), new Map([...sent].sort()));
    },
  },
  {
    id: "case-sensitive",
    title: "names that differ in their case are two headers",
    async run(bench) {
      const received = await roundTrip(
        bench,
        new Map([
          ["x-kind", "lower"],
          ["X-Kind", "upper"],
        ]),
      );
      assert.deepEqual([received.get("x-kind"), received.get("X-Kind")], ["lower", "upper"]);
    },
  },
  {
    id: "mixed",
    title: "headers of all types travel together",
    needs: TYPED,
    async run(bench) {
      const transport = await bench.up();
      const all = transport.features.nestedHeaders ? [...VALUES, ...NESTED_VALUES] : VALUES;
      const sent = new Map(all.map(([slug, , value]) => [slug, value]));
      const received = await roundTrip(bench, sent);
      for (const [name, value] of sent) assert.deepEqual(plain(received.get(name)), plain(value), name);
    },
  },
  {
    id: "nested-proto",
    title: "a table with the key __proto__ arrives as data, and changes no prototype",
    needs: NESTED,
    async run(bench) {
      const table: HeaderValue = JSON.parse('{"__proto__": {"polluted": true}, "name": "value"}');
      const received = (await roundTrip(bench, new Map([["table", table]]))).get("table") as Record<
        string,
        unknown
      >;
      assert.ok(Object.hasOwn(received, "__proto__"), "the key is not the table's own");
      assert.equal(Reflect.get({}, "polluted"), undefined);
      assert.equal(received["name"], "value");
    },
  },
  {
    id: "on-replies",
    title: "replies carry headers",
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      bench.reply(transport, inbox.address, message({ headers: new Map([["kind", "answer"]]) }));
      assert.equal((await inbox.messages.next()).headers.get("kind"), "answer");
    },
  },
  {
    id: "shared-map",
    title: "one Map that is used for many messages is not changed by any of them",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const shared = new Map([["kind", "shared"]]);
      for (let i = 0; i < 20; i++)
        bench.send(transport, consumer.queue, message({ headers: shared, ttlMs: 60_000 }));
      for (const { message } of await consumer.deliveries.take(20))
        assert.equal(message.headers.get("kind"), "shared");
      assert.deepEqual([...shared], [["kind", "shared"]]);
    },
  },
]);
