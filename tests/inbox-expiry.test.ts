import { Line } from "@porthos-rpc/brokers";
import { connect } from "@porthos-rpc/connect";
import { NO_BODY, NO_HEADERS, sendOutcome, type Transport } from "@porthos-rpc/protocol";
import { describe, expect, test, vi } from "vitest";
import { Latch } from "./latch.js";
import { type Row, rows } from "./rows.js";
import { Stage } from "./stage.js";
import { SOON_MS } from "./waits.js";

const TEST_MS = 40_000;

const expires = /^(?:amqp091 on rabbitmq|amqp10 on rabbitmq-4)/;
const remote = rows.filter(([, { transport }]) => transport !== "memory");

/** A line to the row's broker, and a transport over it whose inbox outlasts its connection. */
async function lasting(
  row: Row,
  stage: Stage,
  inboxExpiryMs: number,
): Promise<{ line: Line; transport: Transport }> {
  const line = await Line.open(row.url);
  const transport = await connect(line.url, { inboxExpiryMs });
  stage.addTransport(transport);
  stage.add({ close: () => line.close() });
  return { line, transport };
}

/** An inbox, and what was told of it. */
async function inboxOf(transport: Transport) {
  const told: string[] = [];
  const messages: unknown[] = [];
  const inbox = await transport.openInbox({
    onMessage: (message) => messages.push(message.correlationId),
    onOpen: (address, epoch) => told.push(`open ${epoch} ${address}`),
    onLost: (epoch) => told.push(`lost ${epoch}`),
  });
  return { inbox, told, messages, address: inbox.address as string };
}

const reply = (transport: Transport, address: string, correlationId: string) =>
  sendOutcome(
    {
      send: (_queue, message, listener) => transport.reply(address, message, listener),
    } as Transport,
    "",
    {
      body: NO_BODY,
      contentType: undefined,
      correlationId,
      replyTo: undefined,
      ttlMs: undefined,
      headers: NO_HEADERS,
      durable: false,
    },
  );

describe.concurrent.each(remote.filter(([title]) => expires.test(title)))(
  "an inbox that outlasts its connection, over %s",
  (_title, row) => {
    test("has a call in flight over a cut answered, without sending it again", {
      timeout: TEST_MS,
    }, async () => {
      await using stage = new Stage(row, "over-a-cut");
      const { line, transport } = await lasting(row, stage, 30_000);
      const [running, end] = [new Latch(), new Latch()];
      let runs = 0;
      const work = async (): Promise<number> => {
        running.open();
        await end.pass();
        return ++runs;
      };
      await stage.server({ work });
      const client = await stage.client({ transport });
      let sent = 0;
      client.on("sent", () => sent++);
      const answer = client.call("work").sync();
      await running.pass();
      line.cut();
      end.open();
      expect((await answer).json()).toBe(1);
      expect([runs, sent]).toEqual([1, 1]);
      expect((await client.call("work").sync()).json()).toBe(2);
    });

    test("keeps what comes while nobody reads it, and tells nothing of a short cut", {
      timeout: TEST_MS,
    }, async () => {
      await using stage = new Stage(row, "short-cut");
      const { line, transport } = await lasting(row, stage, 30_000);
      const other = await stage.transport();
      await other.ready();
      const { inbox, told, messages, address } = await inboxOf(transport);
      await line.refuse();
      expect(inbox.address).toBe(address);
      expect(await reply(other, address, "meanwhile")).toEqual({ kind: "accepted" });
      await line.accept();
      await vi.waitFor(() => expect(messages).toEqual(["meanwhile"]), SOON_MS * 2);
      expect(await reply(other, address, "after")).toEqual({ kind: "accepted" });
      await vi.waitFor(() => expect(messages).toEqual(["meanwhile", "after"]), SOON_MS);
      expect(told).toEqual([`open 1 ${address}`]);
    });

    test("is lost when it has expired, told, and replaced", { timeout: TEST_MS }, async () => {
      await using stage = new Stage(row, "expired");
      const { line, transport } = await lasting(row, stage, 1_000);
      const other = await stage.transport();
      await other.ready();
      const { inbox, told, address } = await inboxOf(transport);
      await line.refuse();
      await vi.waitFor(() => expect(told).toEqual([`open 1 ${address}`, "lost 1"]), SOON_MS);
      expect(inbox.address).toBeUndefined();
      await vi.waitFor(async () => expect(await reply(other, address, "x")).toEqual({ kind: "unroutable" }), {
        timeout: SOON_MS * 2,
        interval: 250,
      });
      await line.accept();
      await vi.waitFor(() => expect(told).toHaveLength(3), SOON_MS * 2);
      expect(told[2]).toBe(`open 2 ${inbox.address}`);
      expect(inbox.address).not.toBe(address);
    });

    test("is lost when its queue was deleted, told, and replaced", { timeout: TEST_MS }, async () => {
      await using stage = new Stage(row, "deleted");
      const { line, transport } = await lasting(row, stage, 600_000);
      const { inbox, told, address } = await inboxOf(transport);
      await line.refuse();
      await row.removeQueues([address]);
      await line.accept();
      await vi.waitFor(() => expect(told).toHaveLength(3), SOON_MS * 2);
      const second = inbox.address as string;
      expect(told).toEqual([`open 1 ${address}`, "lost 1", `open 2 ${second}`]);
      await row.removeQueues([second]);
      await vi.waitFor(() => expect(told).toHaveLength(5), SOON_MS * 2);
      expect(told.slice(3)).toEqual(["lost 2", `open 3 ${inbox.address}`]);
    });

    test("leaves no queue behind when it is closed, whether it was cut before or not", {
      timeout: TEST_MS,
    }, async () => {
      await using stage = new Stage(row, "closed");
      const { line, transport } = await lasting(row, stage, 600_000);
      const other = await stage.transport();
      await other.ready();
      const first = await inboxOf(transport);
      await first.inbox.close();
      expect(await reply(other, first.address, "x")).toEqual({ kind: "unroutable" });
      const second = await inboxOf(transport);
      line.cut();
      await vi.waitFor(async () => {
        await reply(other, second.address, "x");
        expect(second.messages.length).toBeGreaterThan(2);
      }, SOON_MS * 2);
      await second.inbox.close();
      expect(await reply(other, second.address, "x")).toEqual({ kind: "unroutable" });
    });
  },
);

describe.concurrent.each(remote.filter(([title]) => !expires.test(title)))("over %s", (_title, row) => {
  test("an inbox that outlasts its connection is refused, by the option's name", async () => {
    await using stage = new Stage(row, "refused");
    const { transport } = await lasting(row, stage, 30_000);
    const error = await transport.openInbox({ onMessage: () => {} }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "Config", executed: "no" });
    expect((error as Error).message).toContain("inboxExpiryMs");
  });
});
