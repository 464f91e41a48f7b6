import { describe, expect, it } from "vitest";
import { message, textOf } from "../test/messages.js";
import { consume, declare, openInbox, Stage, send, settled } from "../test/stage.js";
import { memory } from "./index.js";

describe("disconnect()", () => {
  it("has what was not settled redelivered to another consumer", async () => {
    const stage = new Stage();
    const [first, second] = [await stage.up(), await stage.up()];
    const lost = await consume(first, "q", 2);
    for (const text of ["1", "2", "3"]) first.send("q", message(text));
    await lost.deliveries.take(2);
    const { deliveries } = await consume(second, "q", 1);
    expect(textOf((await deliveries.next()).message)).toBe("3");
    expect(stage.broker.disconnect(first)).toBe(1);
    deliveries.all[0]?.accept();
    const next = await deliveries.next();
    expect([textOf(next.message), next.redelivered]).toEqual(["1", true]);
    next.accept();
    expect(textOf((await deliveries.next()).message)).toBe("2");
  });

  it("leaves no power over the message to who held it", async () => {
    const stage = new Stage();
    const [first, second] = [await stage.up(), await stage.up()];
    const lost = await consume(first, "q");
    first.send("q", message("a"));
    const stale = await lost.deliveries.next();
    stage.broker.disconnect(first);
    const { deliveries } = await consume(second, "q");
    const current = await deliveries.next();
    stale.accept();
    stale.release();
    expect(stage.broker.queue("q")).toMatchObject({ messages: 0, unsettled: 1 });
    current.accept();
    expect(stage.broker.queue("q")).toMatchObject({ messages: 0, unsettled: 0 });
  });

  it("cuts all connections when no transport is named", async () => {
    const stage = new Stage();
    const transports = [await stage.up(), await stage.up()];
    expect(stage.broker.disconnect()).toBe(2);
    expect(transports.map(({ state }) => state)).toEqual(["down", "down"]);
  });

  it("says that it cut nothing when the transport has no connection here", async () => {
    const stage = new Stage();
    const stranger = memory();
    expect(stage.broker.disconnect(stranger)).toBe(0);
    await stranger.close();
  });
});

describe("stop() and start()", () => {
  it("keep durable messages in their order, and lose the others, like a restart", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries, subscription } = await consume(transport, "q", 3);
    for (let i = 1; i <= 6; i++) transport.send("q", message(String(i), { durable: i % 2 === 1 }));
    await deliveries.take(3);
    await subscription.cancel();
    stage.broker.stop();
    stage.broker.start();
    await stage.pass(10);
    const again = await consume(transport, "q");
    await settled();
    expect(again.deliveries.all.map((each) => textOf(each.message))).toEqual(["1", "3", "5"]);
    expect(again.deliveries.all.map(({ redelivered }) => redelivered)).toEqual([true, true, false]);
  });

  it("are noticed by the transports, which come back by themselves", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const events: string[] = [];
    transport.on("down", ({ reason }) => events.push(`down: ${reason.code}`));
    transport.on("up", ({ epoch }) => events.push(`up ${epoch}`));
    stage.broker.stop();
    expect(transport.state).toBe("down");
    for (let i = 0; i < 10; i++) await stage.pass(1_000);
    expect(transport.state).toBe("down");
    stage.broker.start();
    await stage.pass(200);
    expect(transport.state).toBe("up");
    expect(events).toEqual(["down: Unavailable", "up 2"]);
  });

  it("may be called twice", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    stage.broker.stop();
    stage.broker.stop();
    stage.broker.start();
    stage.broker.start();
    await stage.pass(10);
    expect(transport.state).toBe("up");
  });
});

describe("deleteQueue()", () => {
  it("makes the queue unroutable at once, drops what it held, and tells its consumers", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const heard: string[] = [];
    transport.on("degraded", ({ what, reason }) => heard.push(`${what}: ${reason.message}`));
    await transport.consume("q", { credit: 1, onDegraded: (reason) => heard.push(reason.message) }, () => {});
    for (const text of ["held", "waiting"]) transport.send("q", message(text));
    await settled();
    expect(stage.broker.deleteQueue("q")).toBe(true);
    expect(heard).toEqual(["the consumer of q: the queue q was deleted", "the queue q was deleted"]);
    expect(stage.broker.queue("q")).toBeUndefined();
    expect((await send(transport, "q", "")).kind).toBe("unroutable");
  });

  it("has the consumers declare it again a little later, empty and with their full credit", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries } = await consume(transport, "q", 1);
    transport.send("q", message("gone"));
    const stale = await deliveries.next();
    stage.broker.deleteQueue("q");
    await stage.pass(100);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 0, unsettled: 0, consumers: 1 });
    stale.release();
    transport.send("q", message("new"));
    expect(textOf((await deliveries.next()).message)).toBe("new");
  });

  it("leaves other queues alone, and says when there is no such queue", async () => {
    const stage = new Stage();
    await declare(await stage.up(), "q");
    expect(stage.broker.deleteQueue("other")).toBe(false);
    expect(stage.broker.queue("q")).toBeDefined();
  });

  it("is not undone by a consumer that was cancelled, or whose connection went, meanwhile", async () => {
    const stage = new Stage();
    const [first, second] = [await stage.up(), await stage.up()];
    const { subscription } = await consume(first, "q");
    await consume(second, "q");
    stage.broker.deleteQueue("q");
    await subscription.cancel();
    await second.close();
    expect(stage.clock.timerCount).toBe(0);
    await stage.pass(1_000);
    expect(stage.broker.queue("q")).toBeUndefined();
  });

  it("leaves alone who settles a delivery of a consumer that was cancelled before", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries, subscription } = await consume(transport, "q");
    transport.send("q", message(""));
    const delivery = await deliveries.next();
    await subscription.cancel();
    stage.broker.deleteQueue("q");
    delivery.release();
    await settled();
    expect(stage.broker.queue("q")).toBeUndefined();
  });
});

describe("queue()", () => {
  it("tells what is in a queue, and undefined of one that does not exist", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    expect(stage.broker.queue("q")).toBeUndefined();
    const { deliveries } = await consume(transport, "q", 2);
    for (const text of ["1", "2", "3"]) transport.send("q", message(text));
    await deliveries.take(2);
    expect(stage.broker.queue("q")).toEqual({
      messages: 1,
      unsettled: 2,
      consumers: 1,
      rejected: 0,
      expired: 0,
    });
  });

  it("knows no inboxes", async () => {
    const stage = new Stage();
    const { address } = await openInbox(await stage.up());
    expect(stage.broker.queue(address)).toBeUndefined();
  });
});
