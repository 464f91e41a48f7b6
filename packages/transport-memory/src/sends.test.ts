import type { SendOutcome, Transport } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { Arrivals } from "../test/arrivals.js";
import { message, textOf } from "../test/messages.js";
import {
  consume,
  declare,
  openInbox,
  publish,
  refusalOf,
  reply,
  Stage,
  send,
  settled,
} from "../test/stage.js";

const WAYS: [
  string,
  (transport: Transport, address: string, what: Parameters<typeof send>[2]) => Promise<SendOutcome>,
][] = [
  ["send", send],
  ["reply", reply],
  ["publish", publish],
];

describe("the outcome of a send", () => {
  it("is accepted, told once, in a later turn", async () => {
    const transport = await new Stage().up();
    await declare(transport, "q");
    const outcomes = new Arrivals<SendOutcome>();
    transport.send("q", message("a"), { onOutcome: outcomes.add });
    expect(outcomes.count).toBe(0);
    await settled();
    expect(outcomes.all).toEqual([{ kind: "accepted" }]);
  });

  it("is unroutable, with an event, for a queue that nobody has", async () => {
    const transport = await new Stage().up();
    const returned: string[] = [];
    transport.on("returned", (event) => returned.push(`${event.address}: ${textOf(event.message)}`));
    expect((await send(transport, "nobody", "heard")).kind).toBe("unroutable");
    transport.send("nobody", message("not heard"));
    await settled();
    expect(returned).toEqual(["nobody: heard", "nobody: not heard"]);
  });

  it("is unroutable for a reply to an inbox that was closed, or lost with its connection", async () => {
    const stage = new Stage();
    const [server, client] = [await stage.up(), await stage.up()];
    const closed = await openInbox(client);
    await closed.close();
    expect((await reply(server, closed.address, "late")).kind).toBe("unroutable");
    const lost = await openInbox(client);
    stage.broker.disconnect(client);
    expect((await reply(server, lost.address, "late")).kind).toBe("unroutable");
  });

  it("is unroutable for a reply to what is no inbox: a caller cannot have replies put into a queue", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    await declare(transport, "orders");
    expect((await reply(transport, "orders", "sneaky")).kind).toBe("unroutable");
    expect(stage.broker.queue("orders")?.messages).toBe(0);
  });

  it("is accepted for a topic that nobody hears", async () => {
    expect((await publish(await new Stage().up(), "silence", "")).kind).toBe("accepted");
  });

  it.each(WAYS)("of %s is refused for an address that no wire could hold", async (_, act) => {
    const transport = await new Stage().up();
    for (const address of ["", "x".repeat(256), "€".repeat(86), 7, undefined]) {
      expect(refusalOf(await act(transport, address as string, ""))).toBe("BadRequest");
    }
  });

  it.each(WAYS)(
    "of %s is refused for a message that no wire could hold, and nothing is thrown",
    async (_, act) => {
      const transport = await new Stage().up();
      const outcome = await act(transport, "q", message("", { headers: new Map([["x-big", 1n as never]]) }));
      expect(outcome).toMatchObject({ kind: "refused", error: { code: "BadRequest", executed: "no" } });
      expect(outcome.kind === "refused" && outcome.error.message).toContain('"x-big"');
      const hostile = { ...message(""), headers: undefined as never };
      expect(refusalOf(await act(transport, "q", hostile))).toBe("BadRequest");
    },
  );

  it.each(WAYS)("of %s is refused for a body above the limit", async (_, act) => {
    const transport = await new Stage({ maxMessageBytes: 4 }).up();
    expect(refusalOf(await act(transport, "q", "12345"))).toBe("TooLarge");
  });

  it("is an event if it is a refusal and nobody listens", async () => {
    const transport = await new Stage({ maxMessageBytes: 4 }).up();
    const degraded: string[] = [];
    transport.on("degraded", ({ what, reason }) => degraded.push(`${what}: ${reason.code}`));
    transport.send("q", message("12345"));
    await settled();
    expect(degraded).toEqual(["a message to q: TooLarge"]);
  });

  it("is unsent on a transport that is idle, and refused on one that is closed", async () => {
    const transport = new Stage().idle();
    expect((await send(transport, "q", "")).kind).toBe("unsent");
    await transport.close();
    expect(refusalOf(await send(transport, "q", ""))).toBe("Closed");
  });

  it("is unsent while the broker is stopped", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    stage.broker.stop();
    expect((await send(transport, "q", "")).kind).toBe("unsent");
  });

  it("is unknown when the connection goes before the broker's word: the message may be delivered all the same", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    await declare(transport, "q");
    const outcome = send(transport, "q", "perhaps");
    stage.broker.disconnect();
    expect(await outcome).toMatchObject({
      kind: "unknown",
      error: { code: "Unavailable", executed: "maybe" },
    });
    expect(stage.broker.queue("q")?.messages).toBe(1);
  });

  it("is told to the others when a listener throws, and send() does not throw", async () => {
    const transport = await new Stage().up();
    await declare(transport, "q");
    const error = new Error("thrown by a listener");
    const thrower = {
      onOutcome: () => {
        throw error;
      },
    };
    const told: unknown[] = [];
    transport.on("degraded", ({ reason }) => told.push(reason.cause));
    for (const address of ["q", "nobody", ""]) transport.send(address, message(""), thrower);
    expect((await send(transport, "q", "")).kind).toBe("accepted");
    await transport.close();
    transport.send("q", message(""), thrower);
    expect(told).toEqual([error, error, error, error]);
  });
});

describe("a message", () => {
  it("is what it was at the send, whatever the sender changes afterwards", async () => {
    const transport = await new Stage().up();
    const { deliveries } = await consume(transport, "q");
    const headers = new Map([["list", [1, 2]]]);
    const sent = message("before", { headers });
    transport.send("q", sent);
    sent.body.fill(0);
    headers.get("list")?.push(3);
    headers.set("more", []);
    const { message: got } = await deliveries.next();
    expect(textOf(got)).toBe("before");
    expect([...got.headers]).toEqual([["list", [1, 2]]]);
  });

  it("is its receiver's own: the sender sees nothing of what becomes of it", async () => {
    const transport = await new Stage().up();
    const inbox = await openInbox(transport);
    const sent = message("mine", { headers: new Map([["a", "b"]]) });
    await reply(transport, inbox.address, sent);
    const got = await inbox.messages.next();
    got.body.fill(0);
    (got.headers as Map<string, unknown>).clear();
    expect(textOf(sent)).toBe("mine");
    expect(sent.headers.size).toBe(1);
  });
});

describe("a blocked broker", () => {
  it("keeps sends waiting, and takes them in their order when it is unblocked", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries } = await consume(transport, "q");
    const outcomes = new Arrivals<SendOutcome>();
    stage.broker.block("memory");
    for (const text of ["1", "2", "3"]) transport.send("q", message(text), { onOutcome: outcomes.add });
    await settled();
    expect([outcomes.count, deliveries.count]).toEqual([0, 0]);
    stage.broker.unblock();
    transport.send("q", message("4"), { onOutcome: outcomes.add });
    expect((await deliveries.take(4)).map((each) => textOf(each.message))).toEqual(["1", "2", "3", "4"]);
    await settled();
    expect(outcomes.all.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => "accepted"));
  });

  it("says so, with its reason, and when it is over", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const events: string[] = [];
    transport.on("blocked", ({ blocked, reason }) => events.push(`${blocked}: ${reason}`));
    stage.broker.block("low on memory");
    stage.broker.unblock();
    stage.broker.unblock();
    expect(events).toEqual(["true: low on memory", "false: the broker takes messages again"]);
  });

  it("says so to a transport that connects later, and to one that missed its end", async () => {
    const stage = new Stage();
    stage.broker.block("memory");
    const transport = stage.idle();
    const events: boolean[] = [];
    transport.on("blocked", ({ blocked }) => events.push(blocked));
    transport.acquire();
    await transport.ready();
    expect(events).toEqual([true]);
    stage.broker.disconnect();
    stage.broker.unblock();
    await stage.pass(10);
    expect(transport.state).toBe("up");
    expect(events).toEqual([true, false]);
  });

  it("goes on delivering what it has", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries } = await consume(transport, "q", 1);
    for (const text of ["1", "2"]) transport.send("q", message(text));
    stage.broker.block();
    (await deliveries.next()).accept();
    expect(textOf((await deliveries.next()).message)).toBe("2");
  });

  it("refuses what is more than may wait, in number and in bytes", async () => {
    const stage = new Stage({ maxUnconfirmed: 2, maxQueueBytes: 10 });
    const transport = await stage.up();
    await declare(transport, "q");
    stage.broker.block();
    const first = send(transport, "q", "123456");
    expect(refusalOf(await send(transport, "q", "78901"))).toBe("Overloaded");
    const second = send(transport, "q", "7890");
    expect(refusalOf(await send(transport, "q", ""))).toBe("Overloaded");
    stage.broker.unblock();
    expect((await Promise.all([first, second])).map(({ kind }) => kind)).toEqual(["accepted", "accepted"]);
  });

  it("leaves what waits unsent when the connection is lost or closed: it was never sent", async () => {
    const stage = new Stage();
    const [transport, other] = [await stage.up(), await stage.up()];
    await declare(transport, "q");
    stage.broker.block();
    const waiting = [send(transport, "q", "1"), send(other, "q", "2")];
    stage.broker.disconnect(transport);
    const closing = other.close();
    await stage.pass(1_000);
    await closing;
    expect((await Promise.all(waiting)).map(({ kind }) => kind)).toEqual(["unsent", "unsent"]);
    stage.broker.unblock();
    expect(stage.broker.queue("q")?.messages).toBe(0);
  });

  it("has the time to live of what waits run on", async () => {
    const stage = new Stage();
    const transport = await stage.up();
    const { deliveries } = await consume(transport, "q");
    stage.broker.block();
    const outcome = send(transport, "q", message("old", { ttlMs: 100 }));
    await stage.pass(100);
    stage.broker.unblock();
    expect((await outcome).kind).toBe("accepted");
    await settled();
    expect(deliveries.count).toBe(0);
  });
});

describe("latency", () => {
  it("counts on the way to the broker, to the receiver, and back to the sender", async () => {
    const stage = new Stage({ latencyMs: 10 });
    const transport = await stage.up();
    const { deliveries } = await consume(transport, "q");
    const outcomes = new Arrivals<SendOutcome>();
    transport.send("q", message("a"), { onOutcome: outcomes.add });
    await stage.pass(9);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 0, unsettled: 0 });
    await stage.pass(1);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 0, unsettled: 1 });
    await stage.pass(9);
    expect([deliveries.count, outcomes.count]).toEqual([0, 0]);
    await stage.pass(1);
    expect([deliveries.count, outcomes.count]).toEqual([1, 1]);
  });

  it("counts for replies and topics too", async () => {
    const stage = new Stage({ latencyMs: 10 });
    const transport = await stage.up();
    const inbox = await openInbox(transport);
    const heard = new Arrivals<unknown>();
    await transport.subscribe("t", heard.add);
    transport.reply(inbox.address, message(""));
    transport.publish("t", message(""));
    await stage.pass(19);
    expect([inbox.messages.count, heard.count]).toEqual([0, 0]);
    await stage.pass(1);
    expect([inbox.messages.count, heard.count]).toEqual([1, 1]);
  });

  it("keeps the order of sends, over a block too", async () => {
    const stage = new Stage({ latencyMs: 10 });
    const transport = await stage.up();
    const { deliveries } = await consume(transport, "q");
    transport.send("q", message("1"));
    await stage.pass(5);
    transport.send("q", message("2"));
    stage.broker.block();
    await stage.pass(10);
    transport.send("q", message("3"));
    await stage.pass(9);
    stage.broker.unblock();
    for (const ms of [10, 10]) await stage.pass(ms);
    expect(deliveries.all.map((each) => textOf(each.message))).toEqual(["1", "2", "3"]);
  });

  it("makes the outcome unknown of what was under way when the connection went; it does not arrive", async () => {
    const stage = new Stage({ latencyMs: 10 });
    const transport = await stage.up();
    await declare(transport, "q");
    const outcome = send(transport, "q", "lost");
    stage.broker.disconnect();
    await stage.pass(100);
    expect((await outcome).kind).toBe("unknown");
    expect(stage.broker.queue("q")?.messages).toBe(0);
  });

  it("sends a delivery back that reaches a consumer after it was cancelled", async () => {
    const stage = new Stage({ latencyMs: 10 });
    const transport = await stage.up();
    const { deliveries, subscription } = await consume(transport, "q");
    transport.send("q", message("a"));
    await stage.pass(10);
    await subscription.cancel();
    await stage.pass(10);
    expect(deliveries.count).toBe(0);
    expect(stage.broker.queue("q")).toMatchObject({ messages: 1, unsettled: 0 });
  });

  it("is waited for by close(), so that what was sent has its outcome", async () => {
    const stage = new Stage({ latencyMs: 10 });
    const transport = await stage.up();
    await declare(transport, "q");
    const outcome = send(transport, "q", "a");
    const closing = transport.close();
    await stage.pass(20);
    await closing;
    expect((await outcome).kind).toBe("accepted");
    expect(stage.clock.timerCount).toBe(0);
  });
});
