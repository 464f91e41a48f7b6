import assert from "node:assert/strict";
import type { Transport } from "@porthos-rpc/protocol";
import type { Bench } from "../bench/bench.js";
import { message, numbered, numbers, textOf } from "../bench/messages.js";
import type { Subscriber } from "../bench/subscriber.js";
import { pause } from "../bench/waits.js";
import { type Needs, type Suite, suite } from "../transport-case.js";

const TOPICS: Needs = { features: ["topics"] };
const TOPICS_CUT: Needs = { features: ["topics"], broker: ["cut"] };

/** Publishes until the subscriber hears it: when a subscription is restored nobody is told. */
async function publishUntilHeard(bench: Bench, transport: Transport, subscriber: Subscriber): Promise<void> {
  const end = performance.now() + bench.waits.reconnectMs;
  while (!subscriber.texts.includes("are you there?")) {
    assert.ok(performance.now() < end, `the subscription to ${subscriber.topic} was not restored`);
    await bench.publish(transport, subscriber.topic, "are you there?").kind();
    await pause(20);
  }
}

/** Topics: every current subscriber hears it, at most once; nobody hears it later. */
export const topics: Suite = suite("topics", [
  {
    id: "hears",
    title: "a subscriber hears what is published",
    needs: TOPICS,
    async run(bench) {
      const [publisher, hearer] = [await bench.up(), await bench.up()];
      const subscriber = await bench.subscribe(hearer, bench.topicName());
      assert.equal(await bench.publish(publisher, subscriber.topic, "news").kind(), "accepted");
      assert.equal(textOf(await subscriber.messages.next()), "news");
    },
  },
  {
    id: "from-now-on",
    title: "a subscriber hears everything that is published after subscribe() resolved",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      for (let turn = 0; turn < 20; turn++) {
        const subscriber = await bench.subscribe(transport, bench.topicName());
        bench.publish(transport, subscriber.topic, "at once");
        assert.equal(textOf(await subscriber.messages.next()), "at once");
      }
    },
  },
  {
    id: "fan-out",
    title: "every subscriber hears every message, once",
    needs: TOPICS,
    async run(bench) {
      const [a, b] = [await bench.up(), await bench.up()];
      const topic = bench.topicName();
      const all = [
        await bench.subscribe(a, topic),
        await bench.subscribe(a, topic),
        await bench.subscribe(b, topic),
      ];
      for (const each of numbered(30)) bench.publish(b, topic, each);
      for (const { messages } of all) {
        assert.deepEqual((await messages.take(30)).map(textOf), numbers(30));
        await messages.nothingMore("30 were published");
      }
    },
  },
  {
    id: "own-voice",
    title: "a transport hears what it publishes itself",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      const subscriber = await bench.subscribe(transport, bench.topicName());
      bench.publish(transport, subscriber.topic, "echo");
      assert.equal(textOf(await subscriber.messages.next()), "echo");
    },
  },
  {
    id: "no-replay",
    title: "a subscriber does not hear what was published before it came",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      const topic = bench.topicName();
      const early = await bench.subscribe(transport, topic);
      assert.equal(await bench.publish(transport, topic, "old").kind(), "accepted");
      await early.messages.next();
      const late = await bench.subscribe(transport, topic);
      assert.equal(await bench.publish(transport, topic, "new").kind(), "accepted");
      assert.equal(textOf(await late.messages.next()), "new");
    },
  },
  {
    id: "no-replay-to-the-first",
    title: "a topic that nobody listened to keeps nothing for its first subscriber",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      const topic = bench.topicName();
      for (const each of numbered(5))
        assert.equal(await bench.publish(transport, topic, each).kind(), "accepted");
      const subscriber = await bench.subscribe(transport, topic);
      await subscriber.messages.nothingMore("it was published before");
    },
  },
  {
    id: "apart",
    title: "topics do not mix",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      const a = await bench.subscribe(transport, bench.topicName());
      const b = await bench.subscribe(transport, bench.topicName());
      bench.publish(transport, a.topic, "to a");
      bench.publish(transport, b.topic, "to b");
      assert.equal(textOf(await a.messages.next()), "to a");
      assert.equal(textOf(await b.messages.next()), "to b");
      await a.messages.nothingMore("the other was for b");
    },
  },
  {
    id: "not-a-queue",
    title: "a topic and a queue of the same name have nothing to do with each other",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const subscriber = await bench.subscribe(transport, consumer.queue);
      assert.equal(await bench.publish(transport, consumer.queue, "to the topic").kind(), "accepted");
      assert.equal(await bench.send(transport, consumer.queue, "to the queue").kind(), "accepted");
      assert.equal(textOf(await subscriber.messages.next()), "to the topic");
      assert.equal(textOf((await consumer.deliveries.next()).message), "to the queue");
      await subscriber.messages.nothingMore("the other was for the queue");
      await consumer.deliveries.nothingMore("the other was for the topic");
    },
  },
  {
    id: "cancelled",
    title: "a cancelled subscriber hears nothing; the others do",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      const topic = bench.topicName();
      const [leaving, staying] = [
        await bench.subscribe(transport, topic),
        await bench.subscribe(transport, topic),
      ];
      await leaving.cancel();
      bench.publish(transport, topic, "after");
      assert.equal(textOf(await staying.messages.next()), "after");
      await leaving.messages.nothingMore("it was cancelled");
    },
  },
  {
    id: "cancel-twice",
    title: "a subscription can be cancelled twice, and after its transport was closed",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      const first = await bench.subscribe(transport, bench.topicName());
      const second = await bench.subscribe(transport, bench.topicName());
      await Promise.all([first.cancel(), first.cancel()]);
      await bench.close(transport);
      await second.cancel();
    },
  },
  {
    id: "come-and-go",
    title: "one can subscribe to a topic again after cancelling",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      const topic = bench.topicName();
      const first = await bench.subscribe(transport, topic);
      await first.cancel();
      const second = await bench.subscribe(transport, topic);
      bench.publish(transport, topic, "again");
      assert.equal(textOf(await second.messages.next()), "again");
      await first.messages.nothingMore("it was cancelled");
    },
  },
  {
    id: "whole-message",
    title: "a published message arrives whole",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      const subscriber = await bench.subscribe(transport, bench.topicName());
      const headers = new Map([["kind", "news"]]);
      bench.publish(
        transport,
        subscriber.topic,
        message({ contentType: "text/plain", correlationId: "7", headers }),
      );
      const heard = await subscriber.messages.next();
      assert.deepEqual([textOf(heard), heard.contentType, heard.correlationId], ["hello", "text/plain", "7"]);
      assert.equal(heard.headers.get("kind"), "news");
    },
  },
  {
    id: "each-its-own-bytes",
    title: "each subscriber owns the bytes it hears: writing into them harms no other",
    needs: TOPICS,
    async run(bench) {
      const transport = await bench.up();
      const topic = bench.topicName();
      const vandal = await bench.within(
        "subscribe()",
        transport.subscribe(topic, ({ body }) => void body.fill(0)),
      );
      const reader = await bench.subscribe(transport, topic);
      const vandal2 = await bench.within(
        "subscribe()",
        transport.subscribe(topic, ({ body }) => void body.fill(0)),
      );
      bench.publish(transport, topic, "untouched");
      const heard = await reader.messages.next();
      await bench.quiet();
      assert.equal(textOf(heard), "untouched");
      await Promise.all([vandal.cancel(), vandal2.cancel()]);
    },
  },
  {
    id: "restored",
    title: "a subscriber hears again after a reconnect",
    needs: TOPICS_CUT,
    async run(bench) {
      const transport = await bench.up();
      const subscriber = await bench.subscribe(transport, bench.topicName());
      await bench.cut(transport);
      await publishUntilHeard(bench, transport, subscriber);
    },
  },
  {
    id: "restored-once",
    title: "after three reconnects a subscriber hears each message once",
    needs: TOPICS_CUT,
    async run(bench) {
      const transport = await bench.up();
      const subscriber = await bench.subscribe(transport, bench.topicName());
      for (let i = 0; i < 3; i++) await bench.cut(transport);
      await publishUntilHeard(bench, transport, subscriber);
      await bench.quiet();
      const before = subscriber.messages.count;
      for (const each of numbered(10)) bench.publish(transport, subscriber.topic, each);
      await bench.until("ten messages", () => subscriber.messages.count >= before + 10);
      await bench.quiet();
      assert.deepEqual(subscriber.texts.slice(before), numbers(10));
    },
  },
  {
    id: "lost-meanwhile",
    title: "what is published while a subscriber is disconnected is lost to it",
    needs: { features: ["topics"], broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const subscriber = await bench.subscribe(transport, bench.topicName());
      const sent: Promise<string>[] = [];
      const stop = transport.on("down", () => {
        stop();
        sent.push(bench.publish(transport, subscriber.topic, "meanwhile").kind());
      });
      await bench.cut(transport);
      assert.deepEqual(await Promise.all(sent), ["unsent"]);
      await publishUntilHeard(bench, transport, subscriber);
      assert.ok(!subscriber.texts.includes("meanwhile"));
    },
  },
  {
    id: "cancelled-stays-cancelled",
    title: "a cancelled subscription is not restored by a reconnect",
    needs: TOPICS_CUT,
    async run(bench) {
      const transport = await bench.up();
      const topic = bench.topicName();
      const [leaving, staying] = [
        await bench.subscribe(transport, topic),
        await bench.subscribe(transport, topic),
      ];
      await leaving.cancel();
      await bench.cut(transport);
      await publishUntilHeard(bench, transport, staying);
      await leaving.messages.nothingMore("it was cancelled");
    },
  },
]);
