import {
  ACCEPTED,
  type ClientEvents,
  encodeResponse,
  type Message,
  NO_BODY,
  RpcError,
  UNSENT,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { connectionLost, scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";
import { createClient } from "./index.js";

const ok = (correlationId: string | undefined): Message =>
  encodeResponse(
    { statusCode: 200, contentType: undefined, body: NO_BODY, headers: undefined },
    correlationId,
  );

describe("the reply inbox", () => {
  it("is opened by the first call that wants a response, and by nothing before", async () => {
    const { transport, client } = scripted();
    const builder = client.call("m").withMap({});
    await settle();
    expect(transport).toMatchObject({ inboxes: [], leases: 0, readyCalls: 0 });
    void watch(builder.sync());
    expect(transport.inboxes).toHaveLength(1);
    expect(transport.leases).toBe(1);
  });

  it("is one for all calls of all clients of a transport", async () => {
    const { transport, clock, client } = scripted();
    const other = createClient({ transport, service: "T", timeoutMs: 1_000, clock });
    const calls = [client.call("a"), other.call("b"), client.call("c"), other.call("d")].map((call) =>
      watch(call.sync()),
    );
    await settle();
    expect(transport.inboxes).toHaveLength(1);
    expect(transport.sent.map(({ queue }) => queue)).toEqual(["S", "T", "S", "T"]);
    expect(new Set(transport.sent.map(({ message }) => message.replyTo))).toEqual(new Set(["inbox-1.1"]));
    for (const [i, request] of [...transport.sent.entries()].reverse()) request.reply(200, i);
    await settle();
    expect(calls.map(({ value }) => value?.json())).toEqual([0, 1, 2, 3]);
    expect(clock.timerCount).toBe(0);
  });

  it("is closed with the last client, and opened anew for one that comes again", async () => {
    const { transport, clock, client } = scripted();
    const other = createClient({ transport, service: "T", timeoutMs: 1_000, clock });
    for (const call of [client.call("a"), other.call("b")]) void watch(call.sync());
    await settle();
    await client.close();
    expect(transport.inbox.closed).toBe(false);
    expect(transport.leases).toBe(1);
    await other.close();
    expect(transport.inbox.closed).toBe(true);
    expect(transport.leases).toBe(0);
    const third = createClient({ transport, service: "S", timeoutMs: 1_000, clock });
    const call = watch(third.call("c").sync());
    await settle();
    expect(transport.inboxes).toHaveLength(2);
    expect(transport.last.message.replyTo).toBe("inbox-2.1");
    transport.last.reply();
    await settle();
    expect(call.state).toBe("resolved");
  });

  it("is closed when it opens only after the last client has gone", async () => {
    const { transport, client, clock } = scripted();
    transport.holdInboxes = true;
    const call = watch(client.call("m").sync());
    await client.close();
    await settle();
    expect(call.error).toMatchObject({ code: "Closed", executed: "no" });
    transport.inbox.open();
    await settle();
    expect(transport.inbox.closed).toBe(true);
    expect(transport.sent).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("keeps calls waiting while it opens, and then sends them", async () => {
    const { transport, client, clock } = scripted();
    transport.holdInboxes = true;
    const calls = [client.call("a"), client.call("b")].map((call) => watch(call.sync()));
    await settle();
    expect(transport.sent).toEqual([]);
    clock.advance(400);
    transport.inbox.open();
    expect(transport.sent.map(({ message }) => message.ttlMs)).toEqual([600, 600]);
    for (const request of transport.sent) request.reply();
    await settle();
    expect(calls.map(({ state }) => state)).toEqual(["resolved", "resolved"]);
    expect(clock.timerCount).toBe(0);
  });

  it("fails the calls that wait for it, with the reason and not executed, when it can never be opened", async () => {
    const { transport, client, clock } = scripted();
    transport.holdInboxes = true;
    const call = watch(client.call("m").sync());
    await settle();
    const denied = new RpcError("Config", "no permission to declare a queue");
    transport.inbox.fail(denied);
    await settle();
    expect(call.error).toMatchObject({ code: "Config", executed: "no", cause: denied });
    expect((call.error as Error).message).toMatch(/^S\.m: .*no permission/);
    expect(clock.timerCount).toBe(0);
    transport.holdInboxes = false;
    const next = watch(client.call("m").sync());
    await settle();
    transport.last.reply();
    await settle();
    expect(next.state).toBe("resolved");
  });

  it("ends them with Closed when it is lost since its transport was closed", async () => {
    const { transport, client } = scripted();
    const call = watch(client.call("a").sync());
    await settle();
    transport.inbox.lose(new RpcError("Closed", "the transport was closed"));
    await settle();
    expect(call.error).toMatchObject({ code: "Closed", executed: "maybe" });
  });

  it("ends the calls that wait for a reply there when its address is lost, and sends later ones to the next", async () => {
    const { transport, client, clock } = scripted();
    const confirmed = watch(client.call("a").sync());
    const unconfirmed = watch(client.call("b").sync());
    await settle();
    transport.sent[0]?.outcome(ACCEPTED);
    clock.advance(100);
    transport.inbox.lose(connectionLost);
    await settle();
    for (const { error } of [confirmed, unconfirmed]) {
      expect(error).toMatchObject({
        code: "Unavailable",
        executed: "maybe",
        retryable: true,
        cause: connectionLost,
      });
    }
    expect((confirmed.error as Error).message).toBe(
      "S.a: the reply address was lost: connection reset (after 100 ms, taken by the broker)",
    );
    const next = watch(client.call("c").sync());
    await settle();
    expect(transport.sent).toHaveLength(2);
    transport.inbox.open();
    expect(transport.last.message.replyTo).toBe("inbox-1.2");
    transport.last.reply();
    await settle();
    expect(next.state).toBe("resolved");
    expect(transport.inboxes).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("leaves alone what a lost address does not concern: one-way calls, and calls that were not sent", async () => {
    const { transport, client } = scripted();
    void watch(client.call("first").sync());
    await settle();
    const oneWay = watch(client.call("log").void());
    transport.state = "down";
    const waiting = watch(client.call("b").sync());
    await settle();
    transport.inbox.lose(connectionLost);
    await settle();
    expect([oneWay.state, waiting.state]).toEqual(["pending", "pending"]);
    transport.inbox.open();
    transport.up();
    await settle();
    expect(transport.last.message.replyTo).toBe("inbox-1.2");
    transport.last.reply();
    await settle();
    expect(waiting.state).toBe("resolved");
  });
});

describe("calls while the connection is down", () => {
  it("are sent when it is up again, with what is left of their time", async () => {
    const { transport, client, clock } = scripted();
    transport.state = "down";
    const call = watch(client.call("m").withArgs(1).sync());
    const oneWay = watch(client.call("log").void());
    await settle();
    expect(transport.sent).toEqual([]);
    clock.advance(250);
    transport.up();
    await settle();
    const [first, second] = transport.sent;
    expect(transport.sent).toHaveLength(2);
    expect(first?.message.ttlMs).toBe(750);
    expect(second?.message.ttlMs).toBeUndefined();
    first?.reply();
    second?.outcome(ACCEPTED);
    await settle();
    expect([call.state, oneWay.state]).toEqual(["resolved", "resolved"]);
    expect(clock.timerCount).toBe(0);
  });

  it("end with Timeout, not executed, when their time is over first, and are not sent afterwards", async () => {
    const { transport, client, clock } = scripted();
    transport.state = "down";
    const call = watch(client.call("m").sync());
    clock.advance(1_010);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout", executed: "no" });
    transport.up();
    await settle();
    expect(transport.sent).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("wait on, over the transport's start budget, while the broker is merely away", async () => {
    const { transport, client } = scripted();
    transport.state = "connecting";
    const call = watch(client.call("m").sync());
    for (let i = 0; i < 3; i++) {
      await settle();
      transport.refuseReady(new RpcError("Unavailable", "not within 10000 ms"));
    }
    await settle();
    expect(call.state).toBe("pending");
    expect(transport.readyCalls).toBe(4);
    transport.up();
    await settle();
    expect(transport.sent).toHaveLength(1);
  });

  it("say at their end why the broker could not be reached, as far as the transport has said it", async () => {
    const { transport, client, clock } = scripted();
    transport.state = "connecting";
    const call = watch(client.call("m").sync());
    await settle();
    const reason = new RpcError("Unavailable", "connection refused");
    transport.refuseReady(reason);
    await settle();
    clock.advance(1_010);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout", executed: "no", cause: reason });
    expect((call.error as Error).message).toBe(
      "S.m: no answer within 1000 ms: connection refused (after 1000 ms, waiting for the connection)",
    );
  });

  it("say nothing of a connection that has come back", async () => {
    const { transport, client, clock } = scripted();
    transport.state = "connecting";
    const call = watch(client.call("m").sync());
    await settle();
    transport.refuseReady(new RpcError("Unavailable", "connection refused"));
    await settle();
    transport.up();
    await settle();
    clock.advance(1_120);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout", executed: "maybe" });
    expect((call.error as Error).cause).toBeUndefined();
  });

  it.each(["Config", "Closed"] as const)(
    "fail at once, not executed, when the transport gives up with %s",
    async (code) => {
      const { transport, client, clock } = scripted();
      transport.state = "connecting";
      const calls = [client.call("a").sync(), client.call("b").void()].map((call) => watch<unknown>(call));
      await settle();
      const reason = new RpcError(code, "wrong password");
      transport.refuseReady(reason);
      await settle();
      for (const { error } of calls) {
        expect(error).toMatchObject({ code, executed: "no", cause: reason });
        expect((error as Error).message).toMatch(
          /^S\.[ab]: wrong password \(after 0 ms, waiting for the connection\)$/,
        );
      }
      expect(clock.timerCount).toBe(0);
    },
  );

  it("ask the transport once, however many they are", async () => {
    const { transport, client } = scripted();
    transport.state = "down";
    for (let i = 0; i < 100; i++) void watch(client.call("m").sync());
    await settle();
    expect(transport.readyCalls).toBe(1);
    await client.close();
  });

  it("no longer ask the transport when none is left", async () => {
    const { transport, client, clock } = scripted();
    transport.state = "connecting";
    void watch(client.call("m").sync());
    clock.advance(1_010);
    await settle();
    transport.refuseReady(new RpcError("Unavailable", "not within 10000 ms"));
    await settle();
    expect(transport.readyCalls).toBe(1);
  });

  it("are sent again under the same id when they were not sent, with a new reply address and what is left", async () => {
    const { transport, client, clock } = scripted();
    const call = watch(client.call("m").sync());
    await settle();
    const first = transport.last;
    transport.state = "down";
    first.outcome(UNSENT);
    transport.inbox.lose(connectionLost);
    clock.advance(300);
    await settle();
    expect(call.state).toBe("pending");
    transport.inbox.open();
    transport.up();
    await settle();
    expect(transport.sent).toHaveLength(2);
    expect(transport.last.message).toMatchObject({
      correlationId: first.message.correlationId,
      replyTo: "inbox-1.2",
      ttlMs: 700,
    });
    transport.last.reply();
    await settle();
    expect(call.state).toBe("resolved");
    expect(clock.timerCount).toBe(0);
  });

  it("fail at once with Unavailable, not executed, if the client is told so", async () => {
    const { transport, client, clock } = scripted({ whenDown: "fail" });
    transport.state = "down";
    const calls = [client.call("a").sync(), client.call("b").void()].map((call) => watch<unknown>(call));
    await settle();
    for (const { error } of calls) expect(error).toMatchObject({ code: "Unavailable", executed: "no" });
    expect(clock.timerCount).toBe(0);
    transport.up();
    const next = watch(client.call("c").sync());
    await settle();
    transport.last.reply();
    await settle();
    expect(next.state).toBe("resolved");
  });

  it("fail with Unavailable, not executed, when it goes down before they are sent, if the client is told so", async () => {
    const { transport, client } = scripted({ whenDown: "fail" });
    const call = watch(client.call("m").sync());
    await settle();
    transport.state = "down";
    transport.last.outcome(UNSENT);
    await settle();
    expect(call.error).toMatchObject({ code: "Unavailable", executed: "no" });
  });

  it("fail with Unavailable, not executed, when it goes down while the inbox opens, if the client is told so", async () => {
    const { transport, client, clock } = scripted({ whenDown: "fail" });
    const patient = createClient({ transport, service: "S", timeoutMs: 1_000, clock });
    transport.holdInboxes = true;
    const call = watch(client.call("m").sync());
    const waiting = watch(patient.call("m").sync());
    await settle();
    transport.down(connectionLost);
    await settle();
    expect(call.error).toMatchObject({ code: "Unavailable", executed: "no" });
    expect(waiting.state).toBe("pending");
    await Promise.all([client.close(), patient.close()]);
    expect(transport.isObserved).toBe(false);
    expect(clock.timerCount).toBe(0);
  });

  it("wait for a transport that was never up, even if the client is told to fail when it is down", async () => {
    const { transport, client } = scripted({ whenDown: "fail" });
    transport.state = "idle";
    const call = watch(client.call("m").sync());
    await settle();
    expect(call.state).toBe("pending");
    transport.up();
    await settle();
    transport.last.reply();
    await settle();
    expect(call.state).toBe("resolved");
  });
});

describe("replies that no call waits for", () => {
  function listening() {
    const { transport, client, clock } = scripted();
    const strays: ClientEvents["stray"][] = [];
    client.on("stray", (stray) => strays.push(stray));
    return { transport, client, clock, strays };
  }

  it("are counted and not delivered: late, duplicate, unmatched", async () => {
    const { transport, client, clock, strays } = listening();
    const timedOut = watch(client.call("slow").sync());
    await settle();
    const slow = transport.last;
    clock.advance(1_010);
    await settle();
    const answered = watch(client.call("fast").sync());
    await settle();
    const fast = transport.last;
    fast.reply(200, "first");
    await settle();
    slow.reply(200, "late");
    fast.reply(200, "second");
    slow.replyWith(ok("of somebody else"));
    slow.replyWith(ok(undefined));
    await settle();
    expect(strays.map(({ kind }) => kind)).toEqual(["late", "duplicate", "unmatched", "unmatched"]);
    expect(strays[0]?.message.correlationId).toBe(slow.message.correlationId);
    expect(timedOut.error).toMatchObject({ code: "Timeout" });
    expect(answered.value?.json()).toBe("first");
  });

  it("are told to every client of the transport, for nobody knows whose they were", async () => {
    const { transport, client, clock, strays } = listening();
    const other = createClient({ transport, service: "T", timeoutMs: 1_000, clock });
    const others: string[] = [];
    other.on("stray", ({ kind }) => others.push(kind));
    void watch(other.call("m").sync());
    void watch(client.call("m").sync());
    await settle();
    transport.last.replyWith(ok("?"));
    expect([strays.map(({ kind }) => kind), others]).toEqual([["unmatched"], ["unmatched"]]);
    await other.close();
    transport.last.replyWith(ok("?"));
    expect(others).toHaveLength(1);
    expect(strays).toHaveLength(2);
  });

  it("harm no call when a listener throws", async () => {
    const { transport, client } = scripted();
    client.on("stray", () => {
      throw new Error("broken listener");
    });
    const call = watch(client.call("m").sync());
    await settle();
    transport.last.replyWith(ok("?"));
    transport.last.reply();
    await settle();
    expect(call.state).toBe("resolved");
  });

  it("do not come to the wrong call: 10,000 at once, answered in another order", async () => {
    const { transport, client, clock } = scripted();
    const calls = Array.from({ length: 10_000 }, (_, i) => watch(client.call("echo").withArgs(i).sync()));
    await settle();
    const order = transport.sent.map((request, i) => ({ request, i, key: (i * 7_919) % 10_000 }));
    order.sort((a, b) => a.key - b.key);
    for (const { request, i } of order) request.reply(200, i);
    await settle();
    expect(calls.filter(({ value }, i) => value?.json() !== i)).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });
});

describe("two clients whose clocks differ", () => {
  it("do not mix their deadlines", async () => {
    const { transport, client, clock } = scripted();
    const other = scripted().clock;
    const slow = createClient({ transport, service: "S", timeoutMs: 1_000, clock: other });
    const call = watch(client.call("m").sync());
    const slowCall = watch(slow.call("m").sync());
    clock.advance(1_120);
    await settle();
    expect([call.state, slowCall.state]).toEqual(["rejected", "pending"]);
    other.advance(1_120);
    await settle();
    expect(slowCall.state).toBe("rejected");
  });
});

describe("a reply at its call's deadline", () => {
  it("does not answer a call whose time is over, though nobody has noticed yet", async () => {
    const { transport, client, clock } = scripted({ timeoutMs: 1_005 });
    const strays: string[] = [];
    client.on("stray", ({ kind }) => strays.push(kind));
    const call = watch(client.call("m").sync());
    await settle();
    clock.advance(1_006);
    expect(clock.timerCount).toBe(1);
    transport.last.reply(504, "expired");
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout" });
    expect(strays).toEqual(["late"]);
    expect(clock.timerCount).toBe(0);
  });
});

describe("a transport that says it is up and yet does not send", () => {
  it("is tried again after a pause, so that deadlines and closing still come through", async () => {
    const { transport, clock, client } = scripted();
    const call = watch(client.call("m").withTimeout(100).void());
    for (let turn = 0; turn < 3; turn++) {
      await settle();
      transport.sent.at(-1)?.outcome(UNSENT);
      await settle();
      clock.advance(20);
    }
    expect(transport.sent).toHaveLength(4);
    clock.advance(100);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout" });
    await client.close();
    expect(clock.timerCount).toBe(0);
  });
});

describe("a client that does not want to wait", () => {
  it("is told Unavailable, not executed, when the broker was not reached at the start", async () => {
    const { transport, client } = scripted({ whenDown: "fail" });
    transport.state = "connecting";
    const call = watch(client.call("m").void());
    await settle();
    transport.refuseReady(new RpcError("Unavailable", "not reached", { executed: "no" }));
    await settle();
    expect(call.error).toMatchObject({ code: "Unavailable", executed: "no" });
  });
});
