import assert from "node:assert/strict";
import { message, numbered, numbers, textOf } from "../bench/messages.js";
import { type Suite, suite } from "../transport-case.js";
import { assertRefused } from "./assertions.js";

/** What a sender is told of its send: one outcome, and the right one. */
export const outcomes: Suite = suite("outcomes", [
  {
    id: "accepted",
    title: "a send to a queue that somebody consumes is accepted and delivered",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      assert.equal(await bench.send(transport, consumer.queue, "hello").kind(), "accepted");
      assert.equal(textOf((await consumer.deliveries.next()).message), "hello");
    },
  },
  {
    id: "accepted-is-stored",
    title: "an accepted message waits in its queue for a consumer that comes later",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      assert.equal(await bench.send(transport, queue, "wait here").kind(), "accepted");
      const consumer = await bench.consume(transport, queue, { accept: true });
      assert.equal(textOf((await consumer.deliveries.next()).message), "wait here");
    },
  },
  {
    id: "outlasts-the-sender",
    title: "an accepted message outlasts the transport that sent it",
    async run(bench) {
      const [sender, receiver] = [await bench.up(), await bench.up()];
      const queue = await bench.declareQueue(sender);
      assert.equal(await bench.send(sender, queue, "my last word").kind(), "accepted");
      await bench.close(sender);
      const consumer = await bench.consume(receiver, queue, { accept: true });
      assert.equal(textOf((await consumer.deliveries.next()).message), "my last word");
    },
  },
  {
    id: "once-each",
    title: "each of 200 sends is told its outcome once",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 50, accept: true });
      const sent = numbered(200).map((each) => bench.send(transport, consumer.queue, each));
      for (const each of sent) assert.equal(await each.kind(), "accepted");
      await consumer.deliveries.take(200);
      await bench.quiet();
      assert.deepEqual(new Set(sent.map(({ outcomes }) => outcomes.length)), new Set([1]));
    },
  },
  {
    id: "shared-listener",
    title: "a listener that is given to several sends is told one outcome for each",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      let told = 0;
      const listener = { onOutcome: () => void told++ };
      for (const each of numbered(20)) transport.send(queue, each, listener);
      await bench.until("20 outcomes", () => told >= 20);
      await bench.quiet();
      assert.equal(told, 20);
    },
  },
  {
    id: "without-listener",
    title: "a send without a listener is delivered like any other",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      for (const each of numbered(10)) transport.send(consumer.queue, each);
      await consumer.deliveries.take(10);
      assert.deepEqual(consumer.texts, numbers(10));
    },
  },
  {
    id: "same-message-twice",
    title: "a message object that is sent twice is two messages, and is left as it was",
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const frozen = Object.freeze(
        message({ body: "again", correlationId: "7", headers: new Map([["a", "b"]]) }),
      );
      for (let i = 0; i < 2; i++)
        assert.equal(await bench.send(transport, consumer.queue, frozen).kind(), "accepted");
      await consumer.deliveries.take(2);
      assert.deepEqual(consumer.texts, ["again", "again"]);
      assert.equal(textOf(frozen), "again");
    },
  },
  {
    id: "unroutable",
    title: "a send to a queue that nobody has ends unroutable",
    needs: { features: ["unroutableSends"] },
    async run(bench) {
      const transport = await bench.up();
      assert.equal(await bench.send(transport, bench.queueName("missing")).kind(), "unroutable");
    },
  },
  {
    id: "unroutable-not-declared",
    title:
      "a send does not declare the queue: what was unroutable is not delivered to a consumer that comes later",
    needs: { features: ["unroutableSends"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = bench.queueName("missing");
      assert.equal(await bench.send(transport, queue, "nobody is here").kind(), "unroutable");
      const consumer = await bench.consume(transport, queue, { accept: true });
      assert.equal(await bench.send(transport, queue, "now somebody is").kind(), "accepted");
      await consumer.deliveries.next();
      assert.deepEqual(consumer.texts, ["now somebody is"]);
    },
  },
  {
    id: "unroutable-among-others",
    title: "of sends to good and missing queues in one go each is told its own outcome",
    needs: { features: ["unroutableSends"] },
    async run(bench) {
      const transport = await bench.up();
      const [good, missing] = [await bench.declareQueue(transport), bench.queueName("missing")];
      // 101, so that the row read backwards is another row: outcomes in reverse order must show.
      const targets = Array.from({ length: 101 }, (_, index) => (index % 3 === 0 ? missing : good));
      const sent = targets.map((queue) => bench.send(transport, queue));
      const kinds = await Promise.all(sent.map((each) => each.kind()));
      assert.deepEqual(
        kinds,
        targets.map((queue) => (queue === good ? "accepted" : "unroutable")),
      );
    },
  },
  {
    id: "unroutable-undeclared",
    title: "where unroutable sends cannot be told, a send to a missing queue still ends in one outcome",
    needs: { lacks: ["unroutableSends"] },
    async run(bench) {
      const transport = await bench.up();
      const kind = await bench.send(transport, bench.queueName("missing")).kind();
      assert.ok(["accepted", "refused"].includes(kind), kind);
    },
  },
  {
    id: "reply-accepted",
    title: "a reply to an open inbox is accepted",
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      assert.equal(await bench.reply(transport, inbox.address).kind(), "accepted");
      await inbox.messages.next();
    },
  },
  {
    id: "reply-unroutable",
    title: "a reply to an inbox that was closed ends unroutable",
    needs: { features: ["unroutableReplies"] },
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      const { address } = inbox;
      await inbox.close();
      assert.equal(await bench.reply(transport, address).kind(), "unroutable");
    },
  },
  {
    id: "reply-unroutable-transport-gone",
    title: "a reply to an inbox whose transport was closed ends unroutable",
    needs: { features: ["unroutableReplies"] },
    async run(bench) {
      const [server, client] = [await bench.up(), await bench.up()];
      const { address } = await bench.openInbox(client);
      await bench.close(client);
      assert.equal(await bench.reply(server, address).kind(), "unroutable");
    },
  },
  {
    id: "reply-undeclared",
    title: "where unroutable replies cannot be told, a reply to a closed inbox still ends in one outcome",
    needs: { lacks: ["unroutableReplies"] },
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      const { address } = inbox;
      await inbox.close();
      const kind = await bench.reply(transport, address).kind();
      assert.ok(["accepted", "refused", "unroutable"].includes(kind), kind);
    },
  },
  {
    id: "publish-to-nobody",
    title: "a publish that nobody hears is accepted: nobody is no error",
    needs: { features: ["topics"] },
    async run(bench) {
      const transport = await bench.up();
      assert.equal(await bench.publish(transport, bench.topicName()).kind(), "accepted");
    },
  },
  {
    id: "refused-not-delivered",
    title: "what was refused is not delivered",
    needs: { limits: ["maxMessageBytes"] },
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const tooLarge = new Uint8Array((bench.limits.maxMessageBytes ?? 0) + 1);
      assertRefused(
        await bench.send(transport, consumer.queue, message({ body: tooLarge })).outcome(),
        "TooLarge",
      );
      assert.equal(await bench.send(transport, consumer.queue, "fits").kind(), "accepted");
      await consumer.deliveries.next();
      assert.deepEqual(consumer.texts, ["fits"]);
    },
  },
  {
    id: "unsent-while-down",
    title: "what is sent while the transport is down is unsent",
    needs: { broker: ["stop", "start"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      await bench.stop(transport);
      assert.equal(transport.state, "down");
      for (const each of numbered(10))
        assert.equal(await bench.send(transport, queue, each).kind(), "unsent");
    },
  },
  {
    id: "unsent-is-not-delivered",
    title: "what was unsent is never delivered: sending it again is safe",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const kinds: Promise<string>[] = [];
      const stop = transport.on("down", () => {
        stop();
        kinds.push(bench.send(transport, queue, "too early").kind());
      });
      await bench.cut(transport);
      assert.deepEqual(await Promise.all(kinds), ["unsent"]);
      await bench.sendPatiently(transport, queue, "in time");
      const consumer = await bench.consume(transport, queue, { accept: true });
      await consumer.deliveries.next();
      assert.deepEqual(new Set(consumer.texts), new Set(["in time"]));
    },
  },
  {
    id: "after-close",
    title: "a send on a closed transport does not throw; it is told once that it was not delivered",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(other, bench.queueName(), { accept: true });
      await bench.close(transport);
      const kind = await bench.send(transport, consumer.queue).kind();
      assert.ok(["unsent", "refused"].includes(kind), kind);
      await consumer.deliveries.nothingMore("nothing was sent");
    },
  },
]);
