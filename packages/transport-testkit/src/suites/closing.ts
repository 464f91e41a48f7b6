import assert from "node:assert/strict";
import type { Transport } from "@porthos-rpc/protocol";
import { numbered, textOf } from "../bench/messages.js";
import { type Suite, suite } from "../transport-case.js";
import { assertRpcError } from "./assertions.js";

/** close(), in each state that a transport can be in then. */
export const closing: Suite = suite("closing", [
  {
    id: "idle",
    title: "an idle transport can be closed",
    async run(bench) {
      const transport = await bench.create();
      await bench.close(transport);
      assert.equal(transport.state, "closed");
    },
  },
  {
    id: "connecting",
    title: "a transport that is connecting can be closed; it does not come up afterwards",
    async run(bench) {
      const transport = await bench.create();
      const ups = bench.listen(transport, "up");
      transport.acquire();
      await bench.close(transport);
      const before = ups.count;
      await bench.quiet();
      assert.deepEqual([transport.state, ups.count], ["closed", before]);
    },
  },
  {
    id: "ready-pending",
    title: "close() ends a ready() that still waits, with Closed",
    needs: { broker: ["stop", "start"] },
    async run(bench) {
      const transport = await bench.create();
      await bench.broker.stop();
      const waiting = transport.ready().then(
        () => "ready",
        (error: unknown) => error,
      );
      await bench.close(transport);
      assertRpcError(await bench.within("ready() to fail", waiting), "Closed");
    },
  },
  {
    id: "up",
    title: "a transport that is up can be closed",
    async run(bench) {
      const transport = await bench.up();
      await bench.consume(transport, bench.queueName());
      await bench.openInbox(transport);
      await bench.close(transport);
      assert.equal(transport.state, "closed");
    },
  },
  {
    id: "state-at-once",
    title: "a transport that is being closed takes no new users",
    async run(bench) {
      const transport = await bench.up();
      const closing = transport.close();
      assert.throws(() => transport.acquire());
      await bench.within("close()", closing, bench.waits.reconnectMs);
    },
  },
  {
    id: "twice",
    title: "close() may be called again, at the same time and later",
    async run(bench) {
      const transport = await bench.up();
      await Promise.all([bench.close(transport), bench.close(transport), bench.close(transport)]);
      await bench.close(transport);
      assert.equal(transport.state, "closed");
    },
  },
  {
    id: "unsettled",
    title: "close() gives unsettled deliveries back to the broker",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName());
      for (const each of numbered(10))
        assert.equal(await bench.send(other, consumer.queue, each).kind(), "accepted");
      await consumer.deliveries.take(10);
      await bench.close(transport);
      const heir = await bench.consume(other, consumer.queue, { accept: true });
      await heir.deliveries.take(10);
    },
  },
  {
    id: "settled-counts",
    title: "what was settled right before close() is settled",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName(), { credit: 100 });
      for (const each of numbered(100)) bench.send(transport, consumer.queue, each);
      for (const each of await consumer.deliveries.take(100)) each.accept();
      await bench.close(transport);
      const heir = await bench.consume(other, consumer.queue);
      await heir.deliveries.nothingMore("all were accepted before the close");
    },
  },
  {
    id: "in-flight",
    title: "when close() resolves every send that was in flight has been told its outcome, once",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const sent = numbered(300).map((each) => bench.send(transport, queue, each));
      await bench.close(transport);
      const kinds = sent.map(({ outcomes }) => outcomes.map(({ kind }) => kind).join("+"));
      const expected = new Set(["accepted", "unknown", "unsent"]);
      assert.deepEqual(
        kinds.filter((kind) => !expected.has(kind)),
        [],
      );
    },
  },
  {
    id: "in-flight-is-finished",
    title: "close() lets the sends that are in flight finish: what it calls accepted is delivered",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const queue = await bench.declareQueue(transport);
      const sent = numbered(300).map((each) => bench.send(transport, queue, each));
      await bench.close(transport);
      const accepted = sent.filter(({ outcomes }) => outcomes[0]?.kind === "accepted").length;
      const unsure = sent.filter(({ outcomes }) => outcomes[0]?.kind === "unknown").length;
      const heir = await bench.consume(other, queue, { credit: 100, accept: true });
      await bench.until(
        `${accepted} deliveries`,
        () => heir.deliveries.count >= accepted,
        bench.waits.reconnectMs,
      );
      await bench.quiet();
      assert.ok(heir.deliveries.count <= accepted + unsure);
    },
  },
  {
    id: "replies-in-flight",
    title:
      "when close() resolves every reply that was in flight has been told its outcome, and the accepted arrive",
    async run(bench) {
      const [server, client] = [await bench.up(), await bench.up()];
      const inbox = await bench.openInbox(client);
      const sent = numbered(100).map((each) => bench.reply(server, inbox.address, each));
      await bench.close(server);
      assert.deepEqual(
        sent.filter(({ outcomes }) => outcomes.length !== 1),
        [],
      );
      const accepted = sent.filter(({ outcomes }) => outcomes[0]?.kind === "accepted").length;
      await bench.until(`${accepted} replies`, () => inbox.messages.count >= accepted);
    },
  },
  {
    id: "nothing-more",
    title: "nothing is delivered after close() has resolved",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const inbox = await bench.openInbox(transport);
      const { address } = inbox;
      await bench.close(transport);
      for (const each of numbered(5)) bench.send(other, consumer.queue, each);
      await bench.reply(other, address).kind();
      await consumer.deliveries.nothingMore("the transport is closed");
      await inbox.messages.nothingMore("the transport is closed");
    },
  },
  {
    id: "others-live",
    title: "closing one transport leaves the others alone",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const consumer = await bench.consume(other, bench.queueName(), { accept: true });
      const downs = bench.listen(other, "down");
      await bench.close(transport);
      assert.equal(await bench.send(other, consumer.queue).kind(), "accepted");
      await consumer.deliveries.next();
      assert.deepEqual([other.state, downs.count], ["up", 0]);
    },
  },
  {
    id: "from-a-delivery",
    title: "a transport can be closed from within a delivery",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      let closing: Promise<void> | undefined;
      const consuming = transport.consume(queue, { credit: 1 }, (delivery) => {
        delivery.accept();
        closing ??= transport.close();
      });
      await bench.within("consume()", consuming);
      assert.equal(await bench.send(other, queue).kind(), "accepted");
      await bench.until("the delivery", () => closing !== undefined);
      await bench.within("close()", closing ?? assert.fail(), bench.waits.reconnectMs);
    },
  },
  {
    id: "from-an-outcome",
    title: "a transport can be closed from within an outcome; the other sends are told theirs",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      let closing: Promise<void> | undefined;
      const listener = {
        onOutcome: () => {
          closing ??= transport.close();
        },
      };
      const before = numbered(10).map((each) => bench.send(transport, queue, each));
      transport.send(queue, numbered(1)[0] ?? assert.fail(), listener);
      const after = numbered(10).map((each) => bench.send(transport, queue, each));
      await bench.until("the outcome", () => closing !== undefined);
      await bench.within("close()", closing ?? assert.fail(), bench.waits.reconnectMs);
      for (const each of [...before, ...after]) await each.outcome();
    },
  },
  {
    id: "while-down",
    title: "a transport that is down can be closed; it does not come back",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const ups = bench.listen(transport, "up");
      let closing: Promise<void> | undefined;
      transport.on("down", () => {
        closing ??= transport.close();
      });
      await bench.broker.cut();
      await bench.until("the transport to be down", () => closing !== undefined, bench.waits.reconnectMs);
      await bench.within("close()", closing ?? assert.fail(), bench.waits.reconnectMs);
      await bench.quiet();
      assert.deepEqual([transport.state, ups.count], ["closed", 0]);
    },
  },
  {
    id: "broker-away",
    title: "close() does not wait for a broker that is away",
    needs: { broker: ["stop", "start"] },
    async run(bench) {
      const transport = await bench.up();
      await bench.consume(transport, bench.queueName());
      await bench.stop(transport);
      await bench.close(transport);
      assert.equal(transport.state, "closed");
    },
  },
  {
    id: "with-leases",
    title: "close() closes whoever still holds a lease",
    async run(bench) {
      const transport = await bench.create();
      const [first, second] = [transport.acquire(), transport.acquire()];
      await bench.ready(transport);
      await bench.close(transport);
      assert.equal(transport.state, "closed");
      await bench.within("release()", Promise.all([first.release(), second.release()]));
    },
  },
  {
    id: "queue-stays",
    title: "a queue and its messages outlast the transport that declared it",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const queue = await bench.declareQueue(transport);
      assert.equal(await bench.send(transport, queue, "stays").kind(), "accepted");
      await bench.close(transport);
      const consumer = await bench.consume(other, queue, { accept: true });
      assert.equal(textOf((await consumer.deliveries.next()).message), "stays");
    },
  },
  {
    id: "pending-consume",
    title: "close() settles a consume() and an openInbox() that are under way",
    async run(bench) {
      const transport: Transport = await bench.up();
      const done = (): string => "settled";
      const consuming = transport.consume(bench.queueName(), { credit: 1 }, () => {}).then(done, done);
      const opening = transport.openInbox({ onMessage: () => {} }).then(done, done);
      await bench.close(transport);
      assert.deepEqual(await bench.within("both to settle", Promise.all([consuming, opening])), [
        "settled",
        "settled",
      ]);
    },
  },
]);
