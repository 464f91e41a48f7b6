import assert from "node:assert/strict";
import { message, numbered, numbers, textOf } from "../bench/messages.js";
import { type Suite, suite } from "../transport-case.js";

/** Callbacks that call the transport. What closing it from within does: closing.ts. */
export const reentry: Suite = suite("reentry", [
  {
    id: "send-from-a-delivery",
    title: "messages can be sent from within a delivery, and replies from within a message",
    async run(bench) {
      const transport = await bench.up();
      const [first, last] = [bench.queueName(), await bench.openInbox(transport)];
      const middle = await bench.within(
        "openInbox()",
        transport.openInbox({
          onMessage: (each) => void bench.reply(transport, last.address, each),
        }),
      );
      const consuming = transport.consume(first, { credit: 1 }, (delivery) => {
        bench.reply(transport, middle.address ?? "", delivery.message);
        delivery.accept();
      });
      await bench.within("consume()", consuming);
      for (const each of numbered(20)) bench.send(transport, first, each);
      assert.deepEqual((await last.messages.take(20)).map(textOf), numbers(20));
    },
  },
  {
    id: "send-from-an-outcome",
    title: "the next message can be sent from within the outcome of the last, two thousand times",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      let told = 0;
      const listener = {
        onOutcome: () => {
          if (++told < 2_000) transport.send(queue, message(), listener);
        },
      };
      transport.send(queue, message(), listener);
      await bench.until("2,000 outcomes", () => told >= 2_000, bench.waits.reconnectMs);
    },
  },
  {
    id: "cancel-from-a-delivery",
    title: "a consumer can be cancelled from within its delivery, and gets no other",
    async run(bench) {
      const [transport, other] = [await bench.up(), await bench.up()];
      const queue = bench.queueName();
      const texts: string[] = [];
      let cancelling: Promise<void> | undefined;
      const consuming = transport.consume(queue, { credit: 10 }, (delivery) => {
        texts.push(textOf(delivery.message));
        delivery.accept();
        cancelling ??= subscription.cancel();
      });
      const subscription = await bench.within("consume()", consuming);
      for (const each of numbered(10)) bench.send(other, queue, each);
      await bench.until("the delivery", () => cancelling !== undefined);
      await bench.within("cancel()", cancelling ?? assert.fail());
      await bench.quiet();
      assert.deepEqual(texts, ["0"]);
      const heir = await bench.consume(other, queue, { accept: true });
      await heir.deliveries.take(9);
    },
  },
  {
    id: "close-inbox-from-a-message",
    title: "an inbox can be closed from within its message, and hears no other",
    async run(bench) {
      const transport = await bench.up();
      let closing: Promise<void> | undefined;
      let came = 0;
      const opening = transport.openInbox({
        onMessage: () => {
          came++;
          closing ??= inbox.close();
        },
      });
      const inbox = await bench.within("openInbox()", opening);
      const address = inbox.address ?? "";
      for (const each of numbered(10)) bench.reply(transport, address, each);
      await bench.until("the message", () => closing !== undefined);
      await bench.within("close()", closing ?? assert.fail());
      await bench.quiet();
      assert.equal(came, 1);
    },
  },
  {
    id: "cancel-from-a-subscriber",
    title: "a subscriber can cancel itself while it hears; the others hear on",
    needs: { features: ["topics"] },
    async run(bench) {
      const transport = await bench.up();
      const topic = bench.topicName();
      let came = 0;
      const subscribing = transport.subscribe(topic, () => {
        came++;
        void subscription.cancel();
      });
      const subscription = await bench.within("subscribe()", subscribing);
      const other = await bench.subscribe(transport, topic);
      for (const each of numbered(5)) bench.publish(transport, topic, each);
      assert.deepEqual((await other.messages.take(5)).map(textOf), numbers(5));
      assert.equal(came, 1);
    },
  },
]);
