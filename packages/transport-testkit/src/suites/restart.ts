import assert from "node:assert/strict";
import { message, textOf } from "../bench/messages.js";
import { type Needs, type Suite, suite } from "../transport-case.js";

const RESTART: Needs = { broker: ["restart"] };
const STOP: Needs = { broker: ["stop", "start"] };

/** A broker that goes away and comes back. */
export const restart: Suite = suite("restart", [
  {
    id: "away",
    title:
      "while the broker is away the transport is down and keeps trying; it is up when the broker is back",
    needs: STOP,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      await bench.stop(transport);
      await bench.quiet();
      assert.equal(transport.state, "down");
      await bench.broker.start();
      await bench.upAgain(transport);
      await bench.sendPatiently(transport, consumer.queue, "welcome back");
      await bench.until(
        "the message",
        () => consumer.texts.includes("welcome back"),
        bench.waits.reconnectMs,
      );
    },
  },
  {
    id: "consumers",
    title: "consumers and inboxes are restored after a restart of the broker",
    needs: RESTART,
    async run(bench) {
      const transport = await bench.up();
      const consumer = await bench.consume(transport, bench.queueName(), { accept: true });
      const inbox = await bench.openInbox(transport);
      await bench.restart(transport);
      await bench.sendPatiently(transport, consumer.queue, "welcome back");
      await bench.until(
        "the message",
        () => consumer.texts.includes("welcome back"),
        bench.waits.reconnectMs,
      );
      const address = await inbox.reopened(1);
      bench.reply(transport, address, "answer");
      assert.equal(textOf(await inbox.messages.next()), "answer");
    },
  },
  {
    id: "durable",
    title: "a durable message, and a queue that consume() declared, outlast a restart of the broker",
    needs: RESTART,
    async run(bench) {
      const transport = await bench.up();
      const [queue, empty] = [await bench.declareQueue(transport), await bench.declareQueue(transport)];
      const restored = await bench.consume(transport, bench.queueName(), { accept: true });
      assert.equal(
        await bench.send(transport, queue, message({ body: "kept", durable: true })).kind(),
        "accepted",
      );
      await bench.restart(transport);
      await bench.sendPatiently(transport, empty);
      await bench.sendPatiently(transport, restored.queue);
      await bench.until("a restored consumer", () => restored.texts.length > 0, bench.waits.reconnectMs);
      const consumer = await bench.consume(transport, queue, { accept: true });
      assert.equal(textOf((await consumer.deliveries.next(bench.waits.reconnectMs)).message), "kept");
    },
  },
]);
