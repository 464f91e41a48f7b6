import type { Delivery } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { message, textOf } from "../test/messages.js";
import { consume, declare, refusalOf, Stage, send, settled } from "../test/stage.js";

const texts = (deliveries: Iterable<Delivery>): string[] =>
  Array.from(deliveries, (each) => textOf(each.message));

async function sendAll(transport: Parameters<typeof send>[0], queue: string, what: string[]): Promise<void> {
  for (const text of what) transport.send(queue, message(text));
  await settled();
}

describe("a queue", () => {
  it("delivers in the order of sending", async () => {
    const transport = await new Stage().up();
    const { deliveries } = await consume(transport, "q", 5_000);
    const sent = Array.from({ length: 5_000 }, (_, index) => String(index));
    for (const text of sent) transport.send("q", message(text));
    expect(texts(await deliveries.take(5_000))).toEqual(sent);
  });

  it("keeps messages for a consumer that comes later, and is kept when its consumers go", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    await declare(transport, "q");
    await sendAll(transport, "q", ["a", "b"]);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 2, unsettled: 0, consumers: 0 });
    const { deliveries } = await consume(transport, "q");
    expect(texts(await deliveries.take(2))).toEqual(["a", "b"]);
  });

  it("delivers to competing consumers in turn", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const first = await consume(transport, "q");
    const second = await consume(await stage.up(), "q");
    const third = await consume(transport, "q");
    await sendAll(transport, "q", ["1", "2", "3", "4", "5", "6", "7"]);
    expect([first, second, third].map(({ deliveries }) => texts(deliveries.all))).toEqual([
      ["1", "4", "7"],
      ["2", "5"],
      ["3", "6"],
    ]);
  });

  it("passes over a consumer without credit, and counts it in again when it has some", async () => {
    const transport = await new Stage().up();
    const small = await consume(transport, "q", 1);
    const large = await consume(transport, "q", 10);
    await sendAll(transport, "q", ["1", "2", "3", "4"]);
    expect(texts(small.deliveries.all)).toEqual(["1"]);
    expect(texts(large.deliveries.all)).toEqual(["2", "3", "4"]);
    small.deliveries.all[0]?.accept();
    await sendAll(transport, "q", ["5", "6"]);
    expect(texts(small.deliveries.all).concat(texts(large.deliveries.all)).toSorted()).toEqual([
      "1",
      "2",
      "3",
      "4",
      "5",
      "6",
    ]);
    expect(small.deliveries.count).toBe(2);
  });

  it("never has more unsettled with a consumer than its credit, whichever way they are settled", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries } = await consume(transport, "q", 3);
    await sendAll(transport, "q", ["1", "2", "3", "4", "5", "6"]);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 3, unsettled: 3 });
    deliveries.all[1]?.accept();
    await settled();
    expect(texts(deliveries.all)).toEqual(["1", "2", "3", "4"]);
    deliveries.all[0]?.reject();
    await settled();
    expect(texts(deliveries.all)).toEqual(["1", "2", "3", "4", "5"]);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 1, unsettled: 3, rejected: 1 });
  });

  it("settles a delivery once: the first of accept, release and reject counts", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries } = await consume(transport, "q", 2);
    await sendAll(transport, "q", ["1", "2", "3", "4"]);
    for (const settle of ["accept", "accept", "release", "reject"] as const) deliveries.all[0]?.[settle]();
    await settled();
    expect(texts(deliveries.all)).toEqual(["1", "2", "3"]);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 1, unsettled: 2, rejected: 0 });
  });

  it("takes back what is released to its old place, and marks it as redelivered", async () => {
    const transport = await new Stage().up();
    const first = await consume(transport, "q", 3);
    await sendAll(transport, "q", ["1", "2", "3", "4"]);
    await first.subscription.cancel();
    for (const index of [2, 0]) first.deliveries.all[index]?.release();
    const second = await consume(transport, "q");
    const got = await second.deliveries.take(3);
    expect(texts(got)).toEqual(["1", "3", "4"]);
    expect(got.map(({ redelivered }) => redelivered)).toEqual([true, true, false]);
  });

  it("delivers what a handler releases at once in a later turn, so that others have theirs", async () => {
    const transport = await new Stage().up();
    let releases = 0;
    await transport.consume("q", { credit: 1 }, (delivery) => {
      releases++;
      delivery.release();
    });
    transport.send("q", message("hot potato"));
    await settled();
    expect(releases).toBeGreaterThan(1);
    expect(releases).toBeLessThan(20);
  });

  it("leaves what a handler sends to its own queue to later turns", async () => {
    const transport = await new Stage().up();
    let deliveries = 0;
    await transport.consume("q", { credit: 10 }, (delivery) => {
      deliveries++;
      transport.send("q", delivery.message);
      delivery.accept();
    });
    transport.send("q", message("again and again"));
    await settled();
    expect(deliveries).toBeGreaterThan(1);
    expect(deliveries).toBeLessThan(20);
  });

  it("delivers the rest when a handler throws, and holds what it threw at as unsettled", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const got: string[] = [];
    const told: unknown[] = [];
    transport.on("degraded", ({ what, reason }) => told.push([what, reason.cause]));
    await transport.consume("q", { credit: 10 }, (delivery) => {
      got.push(textOf(delivery.message));
      if (got.length === 1) throw new Error("thrown by a handler");
      delivery.accept();
    });
    await sendAll(transport, "q", ["1", "2", "3"]);
    expect(got).toEqual(["1", "2", "3"]);
    expect(told).toEqual([["onDelivery of q", new Error("thrown by a handler")]]);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 0, unsettled: 1 });
  });

  it("never delivers what has expired, counted from the send", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    await declare(transport, "q");
    transport.send("q", message("short", { ttlMs: 100 }));
    transport.send("q", message("long", { ttlMs: 101 }));
    transport.send("q", message("endless"));
    await stage.pass(100);
    const { deliveries } = await consume(transport, "q");
    await settled();
    expect(texts(deliveries.all)).toEqual(["long", "endless"]);
    expect(stage.broker.queue("q")).toMatchObject({ expired: 1 });
  });

  it("checks at the delivery: what expired while the consumer had no credit, or after a release, is gone", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries } = await consume(transport, "q", 1);
    transport.send("q", message("held", { ttlMs: 50 }));
    transport.send("q", message("waiting", { ttlMs: 50 }));
    await stage.pass(50);
    expect(texts(deliveries.all)).toEqual(["held"]);
    deliveries.all[0]?.release();
    await settled();
    expect(deliveries.count).toBe(1);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 0, unsettled: 0, expired: 2 });
  });

  it("sets no timer for messages that may expire", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    await declare(transport, "q");
    for (let i = 0; i < 100; i++) transport.send("q", message("", { ttlMs: 1_000 + i }));
    await settled();
    expect(stage.clock.timerCount).toBe(0);
    await stage.pass(1_050);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 49, expired: 51 });
  });

  it("refuses more than it may hold as overloaded, executed no", async () => {
    const stage = new Stage({ maxQueueLength: 2 });
    const transport = await stage.up();
    await declare(transport, "q");
    const outcomes = await Promise.all(["1", "2", "3"].map((text) => send(transport, "q", text)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(["accepted", "accepted", "refused"]);
    expect(outcomes[2]).toMatchObject({ error: { code: "Overloaded", executed: "no" } });
    expect(stage.broker.queue("q")?.messages).toBe(2);
  });

  it("refuses more bytes than it may hold", async () => {
    const transport = await new Stage({ maxQueueBytes: 4 }).up();
    await declare(transport, "q");
    expect((await send(transport, "q", "1234")).kind).toBe("accepted");
    expect(refusalOf(await send(transport, "q", "5"))).toBe("Overloaded");
  });

  it("does not count what consumers hold", async () => {
    const transport = await new Stage({ maxQueueLength: 1 }).up();
    const { deliveries } = await consume(transport, "q");
    for (const text of ["1", "2", "3"]) {
      expect((await send(transport, "q", text)).kind).toBe("accepted");
      await settled();
    }
    expect(deliveries.count).toBe(3);
  });

  it("gives a redelivered message its original content, whatever the first receiver did to it", async () => {
    const transport = await new Stage().up();
    const { deliveries } = await consume(transport, "q", 1);
    transport.send("q", message("original", { headers: new Map([["list", [1]]]) }));
    const first = await deliveries.next();
    first.message.body.fill(0);
    (first.message.headers as Map<string, unknown>).clear();
    first.release();
    const second = await deliveries.next();
    expect(textOf(second.message)).toBe("original");
    expect([...second.message.headers]).toEqual([["list", [1]]]);
  });
});
