import { describe, expect, it } from "vitest";
import { message, textOf } from "../test/messages.js";
import { openInbox, reply, Stage, settled } from "../test/stage.js";

describe("an inbox", () => {
  it("hears what is sent to its address, in order, from any transport", async () => {
    const stage = new Stage();
    const inbox = await openInbox(await stage.up());
    const server = await stage.up();
    for (let i = 0; i < 3_000; i++) server.reply(inbox.address, message(String(i)));
    const got = await inbox.messages.take(3_000);
    expect(got.map(textOf)).toEqual(Array.from({ length: 3_000 }, (_, index) => String(index)));
  });

  it("has an address that nobody can guess", async () => {
    const transport = await new Stage().up();
    const addresses = [await openInbox(transport), await openInbox(transport)].map(({ address }) => address);
    expect(addresses[0]).toMatch(/^inbox\.[0-9a-f]{32}$/);
    expect(addresses[0]).not.toBe(addresses[1]);
  });

  it("counts its addresses: each connection brings a new one", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const heard: string[] = [];
    const inbox = await transport.openInbox({
      onMessage: () => {},
      onOpen: (address, epoch) => heard.push(`open ${epoch} ${epoch === 1 || address === inbox.address}`),
      onLost: (epoch, reason) => heard.push(`lost ${epoch} ${reason.code} ${inbox.address}`),
    });
    const first = inbox.address;
    expect(inbox.epoch).toBe(1);
    stage.broker.disconnect();
    expect([inbox.address, inbox.epoch]).toEqual([undefined, 1]);
    await stage.pass(10);
    expect(inbox.epoch).toBe(2);
    expect(inbox.address).not.toBe(first);
    expect(heard).toEqual(["open 1 true", "lost 1 Unavailable undefined", "open 2 true"]);
  });

  it("is open again when the transport says that it is up", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const inbox = await transport.openInbox({ onMessage: () => {} });
    const addresses: unknown[] = [];
    transport.on("up", () => addresses.push(inbox.address));
    stage.broker.disconnect();
    await stage.pass(10);
    expect(addresses).toEqual([inbox.address]);
    expect(inbox.address).toBeDefined();
  });

  it("goes on trying while the broker is away for longer than the start budget", async () => {
    const stage = new Stage();
    stage.broker.stop();
    const opening = openInbox(stage.idle());
    for (let i = 0; i < 30; i++) await stage.pass(1_000);
    stage.broker.start();
    await stage.pass(200);
    expect((await opening).address).toMatch(/^inbox/);
  });

  it("loses what was not delivered yet when its connection goes", async () => {
    const stage = new Stage();
    const [client, server] = [await stage.up(), await stage.up()];
    const inbox = await openInbox(client);
    server.reply(inbox.address, message("late"));
    stage.broker.disconnect(client);
    await stage.pass(10);
    expect(inbox.messages.count).toBe(0);
  });

  it("delivers nothing after it was closed, and has no address then", async () => {
    const transport = await new Stage().up();
    const got: string[] = [];
    const inbox = await transport.openInbox({ onMessage: (each) => void got.push(textOf(each)) });
    transport.reply(inbox.address as string, message("late"));
    await inbox.close();
    await inbox.close();
    await settled();
    expect([got, inbox.address]).toEqual([[], undefined]);
  });

  it("stays closed over a reconnect", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const inbox = await transport.openInbox({ onMessage: () => {} });
    await inbox.close();
    stage.broker.disconnect();
    await stage.pass(10);
    expect([inbox.address, inbox.epoch]).toEqual([undefined, 1]);
  });

  it("may be closed by what it receives, with more waiting", async () => {
    const transport = await new Stage().up();
    const got: string[] = [];
    const inbox = await transport.openInbox({
      onMessage: (each) => {
        got.push(textOf(each));
        void inbox.close();
      },
    });
    for (const text of ["1", "2"]) transport.reply(inbox.address as string, message(text));
    await settled();
    expect(got).toEqual(["1"]);
  });

  it("refuses replies as overloaded when too many wait for it, and loses those that expire", async () => {
    const stage = new Stage({ maxQueueLength: 1, latencyMs: 10 });
    const transport = await stage.up();
    const inbox = await openInbox(transport);
    const outcomes = ["1", "2"].map((text) => reply(transport, inbox.address, message(text, { ttlMs: 20 })));
    await stage.pass(10);
    await stage.pass(10);
    expect((await Promise.all(outcomes)).map(({ kind }) => kind)).toEqual(["accepted", "refused"]);
    expect(inbox.messages.count).toBe(0);
  });

  it("does no harm to the transport by callbacks that throw", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const fail = (): never => {
      throw new Error("thrown by a callback");
    };
    const told: string[] = [];
    transport.on("degraded", ({ what, reason }) => reason.code === "Config" && told.push(what));
    const inbox = await transport.openInbox({ onMessage: fail, onOpen: fail, onLost: fail });
    const other = await openInbox(transport);
    await transport.consume("q", { credit: 1, onDegraded: fail }, () => {});
    await transport.subscribe("t", fail);
    transport.publish("t", message("a"));
    for (const address of [inbox.address, other.address]) transport.reply(address as string, message("a"));
    await other.messages.next();
    stage.broker.deleteQueue("q");
    stage.broker.disconnect();
    await stage.pass(10);
    expect(transport.state).toBe("up");
    expect(told).toEqual([
      "onOpen of an inbox",
      "the subscriber to t",
      "onMessage of an inbox",
      "onDegraded of q",
      "onLost of an inbox",
      "onOpen of an inbox",
    ]);
  });
});
