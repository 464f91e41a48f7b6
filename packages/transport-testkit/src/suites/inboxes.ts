import assert from "node:assert/strict";
import { message, numbered, numbers, textOf } from "../bench/messages.js";
import { type Suite, suite } from "../transport-case.js";
import { assertRpcError } from "./assertions.js";

/** Inboxes while their connection lives. What happens when it does not: inbox-epochs.ts. */
export const inboxes: Suite = suite("inboxes", [
  {
    id: "opens",
    title: "an open inbox has an address, and its epoch is 1",
    async run(bench) {
      const { inbox } = await bench.openInbox(await bench.up());
      assert.ok(typeof inbox.address === "string" && inbox.address !== "");
      assert.equal(inbox.epoch, 1);
    },
  },
  {
    id: "on-open",
    title: "onOpen is told the first address, once",
    async run(bench) {
      const inbox = await bench.openInbox(await bench.up());
      await inbox.turns.next();
      assert.deepEqual(inbox.turns.all, [{ what: "open", address: inbox.address, epoch: 1 }]);
      await inbox.turns.nothingMore("nothing was lost");
    },
  },
  {
    id: "on-open-first",
    title: "onOpen was told when openInbox() resolves",
    async run(bench) {
      const transport = await bench.up();
      for (let turn = 0; turn < 5; turn++) {
        const inbox = await bench.openInbox(transport);
        assert.equal(inbox.turns.count, 1);
      }
    },
  },
  {
    id: "hears-replies",
    title: "a reply to an inbox's address arrives there",
    async run(bench) {
      const [client, server] = [await bench.up(), await bench.up()];
      const inbox = await bench.openInbox(client);
      assert.equal(await bench.reply(server, inbox.address, "answer").kind(), "accepted");
      assert.equal(textOf(await inbox.messages.next()), "answer");
    },
  },
  {
    id: "own-replies",
    title: "a transport can reply to an inbox of its own",
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      bench.reply(transport, inbox.address, "answer");
      assert.equal(textOf(await inbox.messages.next()), "answer");
    },
  },
  {
    id: "reply-to",
    title: "an address that travelled in replyTo is good for a reply",
    async run(bench) {
      const [client, server] = [await bench.up(), await bench.up()];
      const inbox = await bench.openInbox(client);
      const consumer = await bench.consume(server, bench.queueName());
      bench.send(client, consumer.queue, message({ replyTo: inbox.address, correlationId: "42" }));
      const delivery = await consumer.deliveries.next();
      const { replyTo, correlationId } = delivery.message;
      assert.ok(replyTo !== undefined);
      assert.equal(
        await bench.reply(server, replyTo, message({ body: "answer", correlationId })).kind(),
        "accepted",
      );
      delivery.accept();
      const answer = await inbox.messages.next();
      assert.deepEqual([textOf(answer), answer.correlationId], ["answer", "42"]);
    },
  },
  {
    id: "address-fits",
    title: "an address fits a replyTo: at most 255 bytes in UTF-8",
    async run(bench) {
      const { address } = await bench.openInbox(await bench.up());
      assert.ok(new TextEncoder().encode(address).length <= 255, address);
    },
  },
  {
    id: "apart",
    title: "inboxes of one transport do not mix",
    async run(bench) {
      const [client, server] = [await bench.up(), await bench.up()];
      const [first, second] = [await bench.openInbox(client), await bench.openInbox(client)];
      assert.notEqual(first.address, second.address);
      for (const each of numbered(20)) {
        bench.reply(server, first.address, each);
        bench.reply(server, second.address, each);
      }
      assert.deepEqual((await first.messages.take(20)).map(textOf), numbers(20));
      assert.deepEqual((await second.messages.take(20)).map(textOf), numbers(20));
    },
  },
  {
    id: "apart-between-transports",
    title: "inboxes of two transports have different addresses and do not mix",
    async run(bench) {
      const [first, second] = [
        await bench.openInbox(await bench.up()),
        await bench.openInbox(await bench.up()),
      ];
      const server = await bench.up();
      assert.notEqual(first.address, second.address);
      bench.reply(server, first.address, "to the first");
      bench.reply(server, second.address, "to the second");
      assert.equal(textOf(await first.messages.next()), "to the first");
      assert.equal(textOf(await second.messages.next()), "to the second");
    },
  },
  {
    id: "not-reused",
    title: "the address of a closed inbox is not given to the next one",
    async run(bench) {
      const transport = await bench.up();
      const first = await bench.openInbox(transport);
      const old = first.address;
      await first.close();
      assert.notEqual((await bench.openInbox(transport)).address, old);
    },
  },
  {
    id: "many-senders",
    title: "an inbox hears several senders, each message once",
    async run(bench) {
      const inbox = await bench.openInbox(await bench.up());
      const servers = [await bench.up(), await bench.up(), await bench.up()];
      for (const [index, server] of servers.entries()) {
        for (const each of numbered(30, index * 100)) bench.reply(server, inbox.address, each);
      }
      const texts = (await inbox.messages.take(90)).map(textOf);
      assert.deepEqual(texts.sort(), [...numbers(30), ...numbers(30, 100), ...numbers(30, 200)].sort());
      await inbox.messages.nothingMore("90 were sent");
    },
  },
  {
    id: "once-each",
    title: "every reply arrives once",
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      for (const each of numbered(200)) bench.reply(transport, inbox.address, each);
      await inbox.messages.take(200);
      await inbox.messages.nothingMore("200 were sent");
    },
  },
  {
    id: "closed-hears-nothing",
    title: "a closed inbox hears nothing",
    async run(bench) {
      const [client, server] = [await bench.up(), await bench.up()];
      const inbox = await bench.openInbox(client);
      const { address } = inbox;
      await inbox.close();
      await bench.reply(server, address).kind();
      await inbox.messages.nothingMore("it is closed");
    },
  },
  {
    id: "close-twice",
    title: "an inbox can be closed twice, and after its transport",
    async run(bench) {
      const transport = await bench.up();
      const [first, second] = [await bench.openInbox(transport), await bench.openInbox(transport)];
      await Promise.all([first.close(), first.close()]);
      await first.close();
      await bench.close(transport);
      await second.close();
    },
  },
  {
    id: "close-one",
    title: "closing one inbox leaves the others open",
    async run(bench) {
      const transport = await bench.up();
      const [first, second] = [await bench.openInbox(transport), await bench.openInbox(transport)];
      await first.close();
      bench.reply(transport, second.address, "still here");
      assert.equal(textOf(await second.messages.next()), "still here");
    },
  },
  {
    id: "no-consumer-needed",
    title: "messages that wait for a busy service hold up no reply",
    async run(bench) {
      const transport = await bench.up();
      const queue = await bench.declareQueue(transport);
      const inbox = await bench.openInbox(transport);
      for (const each of numbered(500)) bench.send(transport, queue, each);
      assert.equal(await bench.reply(transport, inbox.address, "answer").kind(), "accepted");
      assert.equal(textOf(await inbox.messages.next()), "answer");
    },
  },
  {
    id: "waits-for-the-broker",
    title: "openInbox() goes on trying while the broker is away, and resolves when it is back",
    needs: { broker: ["stop", "start"] },
    async run(bench) {
      const transport = await bench.up();
      await bench.stop(transport);
      const opening = bench.openInbox(transport);
      await bench.quiet();
      await bench.broker.start();
      const inbox = await opening;
      bench.reply(transport, inbox.address, "answer");
      assert.equal(textOf(await inbox.messages.next()), "answer");
    },
  },
  {
    id: "opening-ends-with-close",
    title: "close() ends an openInbox() that is still trying",
    needs: { broker: ["stop", "start"] },
    async run(bench) {
      const transport = await bench.up();
      await bench.stop(transport);
      const opening = transport.openInbox({ onMessage: () => {} }).then(
        () => "open",
        (error: unknown) => error,
      );
      await bench.quiet();
      await bench.close(transport);
      assertRpcError(await bench.within("openInbox() to fail", opening), "Closed");
    },
  },
]);
