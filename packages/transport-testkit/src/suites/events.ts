import assert from "node:assert/strict";
import { message, textOf } from "../bench/messages.js";
import { type Suite, suite } from "../transport-case.js";
import { assertRpcError } from "./assertions.js";

/** What a transport tells of itself, and to whom. */
export const events: Suite = suite("events", [
  {
    id: "up",
    title: "up is told once when the transport can send, with the epoch 1; the state is up then",
    async run(bench) {
      const transport = await bench.create();
      const seen: (readonly [number, string])[] = [];
      transport.on("up", ({ epoch }) => void seen.push([epoch, transport.state]));
      transport.acquire();
      await bench.ready(transport);
      await bench.quiet();
      assert.deepEqual(seen, [[1, "up"]]);
    },
  },
  {
    id: "can-send-when-up",
    title: "a send from within up is accepted",
    async run(bench) {
      const [transport, other] = [await bench.create(), await bench.up()];
      const queue = await bench.declareQueue(other);
      const kinds: Promise<string>[] = [];
      transport.on("up", () => void kinds.push(bench.send(transport, queue).kind()));
      transport.acquire();
      await bench.ready(transport);
      await bench.until("up", () => kinds.length > 0);
      assert.deepEqual(await Promise.all(kinds), ["accepted"]);
    },
  },
  {
    id: "up-again",
    title: "each time the transport comes up its epoch is one more",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.create();
      const ups = bench.listen(transport, "up");
      transport.acquire();
      await bench.ready(transport);
      for (let i = 0; i < 3; i++) await bench.cut(transport);
      assert.deepEqual(
        ups.all.map(({ epoch }) => epoch),
        [1, 2, 3, 4],
      );
    },
  },
  {
    id: "up-after-idle",
    title: "a transport that is opened again after it was idle tells a later epoch",
    async run(bench) {
      const transport = await bench.create();
      const ups = bench.listen(transport, "up");
      for (let turn = 0; turn < 2; turn++) {
        const lease = transport.acquire();
        await bench.ready(transport);
        await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      }
      const [first, second] = await ups.take(2);
      assert.ok((second?.epoch ?? 0) > (first?.epoch ?? 0));
    },
  },
  {
    id: "down",
    title: "down is told when the connection is lost, with the reason; the state is down then",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const states: string[] = [];
      const downs = bench.listen(transport, "down");
      transport.on("down", () => void states.push(transport.state));
      await bench.cut(transport);
      const { reason } = await downs.next();
      assertRpcError(reason, "Unavailable");
      assert.notEqual(reason.message, "");
      assert.equal(states[0], "down");
    },
  },
  {
    id: "in-turn",
    title: "down and up are told in turn",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.create();
      const told: string[] = [];
      transport.on("up", () => void told.push("up"));
      transport.on("down", () => void told.push("down"));
      transport.acquire();
      await bench.ready(transport);
      for (let i = 0; i < 3; i++) await bench.cut(transport);
      assert.deepEqual(told, ["up", "down", "up", "down", "up", "down", "up"]);
    },
  },
  {
    id: "no-down-on-close",
    title: "close() is no loss: down is not told",
    async run(bench) {
      const transport = await bench.up();
      const downs = bench.listen(transport, "down");
      await bench.close(transport);
      await bench.quiet();
      assert.equal(downs.count, 0);
    },
  },
  {
    id: "closed",
    title: "close() tells closed, once, when the state is that; a last release does not",
    async run(bench) {
      const transport = await bench.create();
      const states: string[] = [];
      transport.on("closed", () => void states.push(transport.state));
      const lease = transport.acquire();
      await bench.ready(transport);
      await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      assert.deepEqual(states, []);
      transport.acquire();
      await bench.ready(transport);
      await Promise.all([bench.close(transport), bench.close(transport)]);
      await bench.close(transport);
      assert.deepEqual(states, ["closed"]);
    },
  },
  {
    id: "no-down-on-release",
    title: "the last release is no loss: down is not told",
    async run(bench) {
      const transport = await bench.create();
      const downs = bench.listen(transport, "down");
      const lease = transport.acquire();
      await bench.ready(transport);
      await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      await bench.quiet();
      assert.equal(downs.count, 0);
    },
  },
  {
    id: "returned",
    title: "returned is told of a message that nobody has the address for, with both",
    needs: { features: ["unroutableSends"] },
    async run(bench) {
      const transport = await bench.up();
      const returned = bench.listen(transport, "returned");
      const queue = bench.queueName("missing");
      transport.send(queue, message({ body: "nobody is here", correlationId: "7" }));
      const event = await returned.next();
      assert.deepEqual(
        [event.address, textOf(event.message), event.message.correlationId],
        [queue, "nobody is here", "7"],
      );
    },
  },
  {
    id: "returned-reply",
    title: "returned is told of a reply to an inbox that is gone",
    needs: { features: ["unroutableReplies"] },
    async run(bench) {
      const transport = await bench.up();
      const returned = bench.listen(transport, "returned");
      const inbox = await bench.openInbox(transport);
      const { address } = inbox;
      await inbox.close();
      transport.reply(address, message("too late"));
      assert.equal(textOf((await returned.next()).message), "too late");
    },
  },
  {
    id: "not-returned",
    title: "returned is not told of messages that are accepted",
    async run(bench) {
      const transport = await bench.up();
      const returned = bench.listen(transport, "returned");
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const inbox = await bench.openInbox(transport);
      await bench.send(transport, consumer.queue).kind();
      await bench.reply(transport, inbox.address).kind();
      if (bench.features.topics) await bench.publish(transport, bench.topicName()).kind();
      await bench.quiet();
      assert.equal(returned.count, 0);
    },
  },
  {
    id: "unknown",
    title: "on() refuses an event that there is not, at once and with the list of those that there are",
    async run(bench) {
      const transport = await bench.create();
      for (const name of ["dwn", "", "constructor", "*"]) {
        assert.throws(() => transport.on(name as "down", () => {}), {
          name: "TypeError",
          message: /\bdown\b/,
        });
      }
    },
  },
  {
    id: "unsubscribe",
    title: "the function that on() returns stops that handler, and no other",
    async run(bench) {
      const transport = await bench.create();
      let stopped = 0;
      const ups = bench.listen(transport, "up");
      const stop = transport.on("up", () => void stopped++);
      stop();
      stop();
      await bench.ready(transport);
      await ups.next();
      assert.equal(stopped, 0);
    },
  },
  {
    id: "unsubscribe-inside",
    title: "a handler can stop itself while it is told, and the others are still told",
    async run(bench) {
      const transport = await bench.create();
      const first = transport.on("up", () => first());
      const ups = bench.listen(transport, "up");
      await bench.ready(transport);
      await ups.next();
    },
  },
  {
    id: "several",
    title: "every handler of an event is told",
    async run(bench) {
      const transport = await bench.create();
      const all = [
        bench.listen(transport, "up"),
        bench.listen(transport, "up"),
        bench.listen(transport, "up"),
      ];
      await bench.ready(transport);
      for (const each of all) await each.next();
    },
  },
  {
    id: "nothing-on-quiet",
    title:
      "a transport that works as it should is neither blocked nor degraded, and puts nothing in quarantine",
    async run(bench) {
      const transport = await bench.create();
      const told = [
        bench.listen(transport, "blocked"),
        bench.listen(transport, "degraded"),
        bench.listen(transport, "quarantined"),
      ];
      transport.acquire();
      await bench.ready(transport);
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await bench.openInbox(transport);
      bench.send(transport, consumer.queue);
      await consumer.deliveries.next();
      await bench.close(transport);
      assert.deepEqual(
        told.map(({ count }) => count),
        [0, 0, 0],
      );
    },
  },
]);
