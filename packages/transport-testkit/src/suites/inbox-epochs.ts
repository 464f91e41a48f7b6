import assert from "node:assert/strict";
import type { Bench } from "../bench/bench.js";
import { textOf } from "../bench/messages.js";
import type { OpenedInbox } from "../bench/opened-inbox.js";
import { type Suite, suite } from "../transport-case.js";
import { assertRpcError } from "./assertions.js";

/** What an inbox tells of itself from its opening over a number of cuts: open 1, lost 1, open 2, lost 2 … */
async function assertTurns(bench: Bench, inbox: OpenedInbox, cuts: number): Promise<void> {
  const turns = await inbox.turns.take(1 + 2 * cuts, bench.waits.reconnectMs);
  const expected = turns.map(
    (_, index) => `${index % 2 === 0 ? "open" : "lost"} ${Math.floor(index / 2) + 1}`,
  );
  assert.deepEqual(
    turns.map(({ what, epoch }) => `${what} ${epoch}`),
    expected,
  );
}

/** Inboxes over lost connections: each connection has its own address, which its epoch tells apart. */
export const inboxEpochs: Suite = suite("inbox-epochs", [
  {
    id: "lost-then-open",
    title: "over a reconnect an inbox tells first that its address is lost, then the new one",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      await bench.cut(transport);
      await inbox.reopened(1);
      await assertTurns(bench, inbox, 1);
      for (const turn of inbox.turns.all) if (turn.what === "lost") assertRpcError(turn.reason);
    },
  },
  {
    id: "new-address",
    title: "the address changes with the connection, and so does the epoch",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      const first = inbox.address;
      await bench.cut(transport);
      assert.notEqual(await inbox.reopened(1), first);
      assert.equal(inbox.inbox.epoch, 2);
    },
  },
  {
    id: "told-as-it-is",
    title: "what onOpen tells is what the inbox says then",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      await bench.cut(transport);
      await inbox.reopened(1);
      await inbox.turns.take(3);
      const last = inbox.turns.all.at(-1);
      assert.deepEqual(last, { what: "open", address: inbox.address, epoch: inbox.inbox.epoch });
    },
  },
  {
    id: "no-address-while-lost",
    title: "while an inbox is lost it has no address",
    needs: { broker: ["stop", "start"] },
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      await inbox.turns.next();
      await bench.stop(transport);
      await inbox.turns.next();
      assert.equal(inbox.inbox.address, undefined);
      await bench.broker.start();
      await inbox.reopened(1);
    },
  },
  {
    id: "no-address-when-told",
    title: "when onLost is told the inbox has no address any more",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const seen: (string | undefined)[] = [];
      const opening = transport.openInbox({
        onMessage: () => {},
        onLost: () => void seen.push(inbox.address),
      });
      const inbox = await bench.within("openInbox()", opening);
      await bench.cut(transport);
      await bench.until("onLost", () => seen.length > 0);
      assert.deepEqual(seen, [undefined]);
    },
  },
  {
    id: "works-again",
    title: "the new address works",
    needs: { broker: ["cut"] },
    async run(bench) {
      const [client, server] = [await bench.up(), await bench.up()];
      const inbox = await bench.openInbox(client);
      await bench.cut(client, server);
      const address = await inbox.reopened(1);
      assert.equal(await bench.reply(server, address, "answer").kind(), "accepted");
      assert.equal(textOf(await inbox.messages.next()), "answer");
    },
  },
  {
    id: "old-address-is-dead",
    title: "what is sent to the old address never arrives",
    needs: { broker: ["cut"] },
    async run(bench) {
      const [client, server] = [await bench.up(), await bench.up()];
      const inbox = await bench.openInbox(client);
      const old = inbox.address;
      await bench.cut(client, server);
      const address = await inbox.reopened(1);
      await bench.reply(server, old, "too late").kind();
      assert.equal(await bench.reply(server, address, "in time").kind(), "accepted");
      assert.equal(textOf(await inbox.messages.next()), "in time");
      await inbox.messages.nothingMore("the old address is gone");
    },
  },
  {
    id: "old-address-unroutable",
    title: "a reply to the old address ends unroutable",
    needs: { features: ["unroutableReplies"], broker: ["cut"] },
    async run(bench) {
      const [client, server] = [await bench.up(), await bench.up()];
      const inbox = await bench.openInbox(client);
      const old = inbox.address;
      await bench.cut(client, server);
      await inbox.reopened(1);
      assert.equal(await bench.reply(server, old).kind(), "unroutable");
    },
  },
  {
    id: "three-times",
    title: "three cuts make three losses and three new addresses, in turn",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      const addresses = [inbox.address];
      for (let epoch = 1; epoch <= 3; epoch++) {
        await bench.cut(transport);
        addresses.push(await inbox.reopened(epoch));
      }
      await assertTurns(bench, inbox, 3);
      assert.equal(new Set(addresses).size, 4, addresses.join(", "));
    },
  },
  {
    id: "several",
    title: "every inbox of a transport gets a new address of its own",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const all = await Promise.all(Array.from({ length: 5 }, () => bench.openInbox(transport)));
      await bench.cut(transport);
      for (const inbox of all) await inbox.reopened(1);
      for (const [index, inbox] of all.entries()) bench.reply(transport, inbox.address, String(index));
      for (const [index, inbox] of all.entries())
        assert.equal(textOf(await inbox.messages.next()), String(index));
    },
  },
  {
    id: "own-count",
    title: "an inbox counts its own addresses: one that is opened after a reconnect begins with 1",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const before = await bench.openInbox(transport);
      await bench.cut(transport);
      await before.reopened(1);
      const after = await bench.openInbox(transport);
      assert.deepEqual([before.inbox.epoch, after.inbox.epoch], [2, 1]);
    },
  },
  {
    id: "closed-stays-closed",
    title: "a closed inbox is not opened again by a reconnect",
    needs: { broker: ["cut"] },
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      await inbox.turns.next();
      await inbox.close();
      const { epoch } = inbox.inbox;
      const told = inbox.turns.count;
      await bench.cut(transport);
      await bench.quiet();
      const later = inbox.turns.all.slice(told).map(({ what }) => what);
      assert.deepEqual([inbox.inbox.epoch, later.includes("open")], [epoch, false]);
    },
  },
  {
    id: "closed-while-lost",
    title: "an inbox that is closed while it is lost is not opened again",
    needs: { broker: ["stop", "start"] },
    async run(bench) {
      const transport = await bench.up();
      const inbox = await bench.openInbox(transport);
      await bench.stop(transport);
      await inbox.close();
      await bench.broker.start();
      await bench.upAgain(transport);
      await bench.quiet();
      assert.equal(inbox.turns.all.filter(({ what }) => what === "open").length, 1);
    },
  },
]);
