import assert from "node:assert/strict";
import { textOf } from "../bench/messages.js";
import { type Suite, suite } from "../transport-case.js";

/** `acquire()` and `release()`: who holds a transport open. */
export const leases: Suite = suite("leases", [
  {
    id: "last-release-closes",
    title: "when the last lease is released the transport is idle and its connections are closed",
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.ready(transport);
      await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      assert.equal(transport.state, "idle");
    },
  },
  {
    id: "not-the-last",
    title: "while another lease is held a release closes nothing",
    async run(bench) {
      const transport = await bench.create();
      const [first] = [transport.acquire(), transport.acquire()];
      await bench.ready(transport);
      const queue = await bench.declareQueue(transport);
      await bench.within("release()", first.release());
      assert.equal(transport.state, "up");
      assert.equal(await bench.send(transport, queue).kind(), "accepted");
    },
  },
  {
    id: "release-counts-once",
    title: "a lease that is released twice counts once",
    async run(bench) {
      const transport = await bench.create();
      const [first] = [transport.acquire(), transport.acquire()];
      await bench.ready(transport);
      await bench.within("release()", first.release());
      await bench.within("a second release()", first.release());
      await bench.quiet();
      assert.equal(transport.state, "up");
    },
  },
  {
    id: "reopens",
    title: "a later lease opens an idle transport again",
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.ready(transport);
      const queue = await bench.declareQueue(transport);
      await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      transport.acquire();
      await bench.ready(transport);
      assert.equal(await bench.send(transport, queue).kind(), "accepted");
    },
  },
  {
    id: "reopens-during-release",
    title: "a lease that is taken while the last one is being released finds the transport up in the end",
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.ready(transport);
      const queue = await bench.declareQueue(transport);
      const releasing = lease.release();
      transport.acquire();
      await bench.within("release()", releasing, bench.waits.reconnectMs);
      await bench.ready(transport);
      assert.equal(transport.state, "up");
      assert.equal(await bench.send(transport, queue).kind(), "accepted");
    },
  },
  {
    id: "release-while-connecting",
    title: "a lease that is released before the transport is up leaves it idle",
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      await bench.quiet();
      assert.equal(transport.state, "idle");
    },
  },
  {
    id: "release-after-close",
    title: "a lease of a closed transport can be released",
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.ready(transport);
      await bench.close(transport);
      await bench.within("release()", lease.release());
      assert.equal(transport.state, "closed");
    },
  },
  {
    id: "a-hundred",
    title: "a hundred leases hold it until the last of them is released",
    async run(bench) {
      const transport = await bench.create();
      const held = Array.from({ length: 100 }, () => transport.acquire());
      await bench.ready(transport);
      await bench.within("99 releases", Promise.all(held.slice(1).map((lease) => lease.release())));
      assert.equal(transport.state, "up");
      await bench.within("the last release", held[0]?.release() ?? Promise.reject(), bench.waits.reconnectMs);
      assert.equal(transport.state, "idle");
    },
  },
  {
    id: "many-times",
    title: "a transport can be opened and left ten times",
    async run(bench) {
      const transport = await bench.create();
      for (let turn = 0; turn < 10; turn++) {
        const lease = transport.acquire();
        await bench.ready(transport);
        await bench.within("release()", lease.release(), bench.waits.reconnectMs);
        assert.equal(transport.state, "idle");
      }
    },
  },
  {
    id: "unsettled-given-back",
    title: "the last release gives unsettled deliveries back to the broker",
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.ready(transport);
      const consumer = await bench.consume(transport, bench.queueName());
      const other = await bench.up();
      assert.equal(await bench.send(other, consumer.queue, "left behind").kind(), "accepted");
      await consumer.deliveries.next();
      await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      const next = await bench.consume(other, consumer.queue, { accept: true });
      assert.equal(textOf((await next.deliveries.next()).message), "left behind");
    },
  },
  {
    id: "consumers-come-back",
    title: "a consumer that was not cancelled is restored when an idle transport is opened again",
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.ready(transport);
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      transport.acquire();
      await bench.ready(transport);
      assert.equal(await bench.send(transport, consumer.queue, "welcome back").kind(), "accepted");
      assert.equal(await consumer.acceptNext(), "welcome back");
    },
  },
  {
    id: "inboxes-come-back",
    title: "an inbox that was not closed gets a new address when an idle transport is opened again",
    async run(bench) {
      const transport = await bench.create();
      const lease = transport.acquire();
      await bench.ready(transport);
      const inbox = await bench.openInbox(transport);
      const { address } = inbox;
      await bench.within("release()", lease.release(), bench.waits.reconnectMs);
      assert.equal(inbox.inbox.address, undefined);
      transport.acquire();
      assert.notEqual(await inbox.reopened(1), address);
      assert.deepEqual(
        inbox.turns.all.map(({ what, epoch }) => `${what} ${epoch}`),
        ["open 1", "lost 1", "open 2"],
      );
    },
  },
  {
    id: "idle-is-unsent",
    title: "what is sent on a transport that nobody holds is unsent, and is not delivered later",
    async run(bench) {
      const transport = await bench.create();
      const other = await bench.up();
      const consumer = await bench.consume(other, bench.queueName(), { accept: true });
      assert.equal(await bench.send(transport, consumer.queue, "too early").kind(), "unsent");
      transport.acquire();
      await bench.ready(transport);
      assert.equal(await bench.send(transport, consumer.queue, "in time").kind(), "accepted");
      await consumer.deliveries.next();
      assert.deepEqual(consumer.texts, ["in time"]);
    },
  },
]);
