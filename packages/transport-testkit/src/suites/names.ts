import assert from "node:assert/strict";
import { textOf } from "../bench/messages.js";
import { type Suite, suite, type TransportCase } from "../transport-case.js";

/** Ends of queue names that mean something to an address parser, a URL or an object. */
const QUEUES: readonly (readonly [slug: string, end: string])[] = [
  ["dots", ".a.b"],
  ["upper-case", "-UPPER"],
  ["spaces", " with spaces"],
  ["slash", "/a/b"],
  ["percent", "%2Fa%25"],
  ["query", "?a=b&c"],
  ["at", "@1234-porthos"],
  ["unicode", "-größe-尺寸"],
];

const queues: TransportCase[] = QUEUES.map(([slug, end]) => ({
  id: `queue-${slug}`,
  title: `a queue may be named …${end}`,
  async run(bench) {
    const transport = await bench.up();
    const consumer = await bench.consume(transport, bench.adopt(bench.queueName() + end), { accept: true });
    assert.equal(await bench.send(transport, consumer.queue, "hello").kind(), "accepted");
    assert.equal(textOf((await consumer.deliveries.next()).message), "hello");
  },
}));

/** Pairs that are one name to a transport that decodes, folds or trims. */
const PAIRS: readonly (readonly [slug: string, one: string, other: string])[] = [
  ["case", "-name", "-NAME"],
  ["escaped", "/a", "%2Fa"],
  ["space", " ", ""],
  ["normal-form", "-\u00e9", "-e\u0301"],
];

const pairs: TransportCase[] = PAIRS.map(([slug, one, other]) => ({
  id: `apart-${slug}`,
  title: `queues whose names end with "${one}" and "${other}" are two`,
  async run(bench) {
    const transport = await bench.up();
    const base = bench.queueName();
    const first = await bench.consume(transport, bench.adopt(base + one), { accept: true });
    const second = await bench.consume(transport, bench.adopt(base + other), { accept: true });
    assert.equal(await bench.send(transport, first.queue, "first").kind(), "accepted");
    assert.equal(await bench.send(transport, second.queue, "second").kind(), "accepted");
    await first.deliveries.next();
    await second.deliveries.next();
    assert.deepEqual([first.texts, second.texts], [["first"], ["second"]]);
  },
}));

/** Characters that are wildcards or separators to one broker or another, and how a name without them looks to it. */
const TOPICS: readonly (readonly [slug: string, subscribed: string, published: string])[] = [
  ["star", "*", "a"],
  ["hash", "#", "a.b"],
  ["dots", "a.*", "a.b"],
  ["plus", "a/+", "a/b"],
];

const topics: TransportCase[] = TOPICS.map(([slug, subscribed, published]) => ({
  id: `topic-${slug}`,
  title: `a topic is a name, not a pattern: "${subscribed}" does not hear "${published}"`,
  needs: { features: ["topics"] },
  async run(bench) {
    const transport = await bench.up();
    const prefix = bench.topicName();
    const subscriber = await bench.subscribe(transport, `${prefix}.${subscribed}`);
    assert.equal(await bench.publish(transport, `${prefix}.${published}`, "not for you").kind(), "accepted");
    assert.equal(await bench.publish(transport, `${prefix}.${subscribed}`, "for you").kind(), "accepted");
    assert.equal(textOf(await subscriber.messages.next()), "for you");
    await subscriber.messages.nothingMore("the other was for another topic");
  },
}));

/** A name is a name, whatever it looks like. */
export const names: Suite = suite("names", [
  ...queues,
  ...pairs,
  ...topics,
  {
    id: "queue-constructor",
    title: "queues may be named like the parts of every object",
    async run(bench) {
      const transport = await bench.up();
      for (const name of ["constructor", "__proto__", "toString"]) {
        const consumer = await bench.consume(transport, bench.adopt(name), { accept: true });
        assert.equal(await bench.send(transport, name, `to ${name}`).kind(), "accepted");
        await bench.until(`"to ${name}"`, () => consumer.texts.includes(`to ${name}`));
        await consumer.cancel();
      }
    },
  },
  {
    id: "topic-constructor",
    title: "topics may be named like the parts of every object, and in other scripts",
    needs: { features: ["topics"] },
    async run(bench) {
      const transport = await bench.up();
      for (const topic of ["constructor", "__proto__", `${bench.topicName()} größe/尺寸 %2F`]) {
        const subscriber = await bench.subscribe(transport, topic);
        bench.publish(transport, topic, `on ${topic}`);
        await bench.until(`"on ${topic}"`, () => subscriber.texts.includes(`on ${topic}`));
        await subscriber.cancel();
      }
    },
  },
]);
