import { contract, method } from "@porthos-rpc/contract";
import {
  ACCEPTED,
  encodeResponse,
  OVERLOADED_PROBLEM,
  problemResponse,
  RpcError,
  type SendOutcome,
  UNROUTABLE,
  UNSENT,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { connectionLost, scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";
import { type CallOptions, createClient } from "./index.js";

const unknown: SendOutcome = { kind: "unknown", error: connectionLost };
const AGAIN_MS = 30;

/** An idempotent call that was handed to the transport. */
async function calling(kind: "call" | "void" = "call", options: Parameters<typeof scripted>[0] = {}) {
  const setup = scripted(options);
  const builder = setup.client.call("m").withIdempotence();
  const call = watch<unknown>(kind === "call" ? builder.sync() : builder.void());
  await settle();
  return { ...setup, call, request: setup.transport.last };
}

describe("an idempotent call", () => {
  it("is sent again when its reply address is lost: same id, the address of now, what is left of its time", async () => {
    const { clock, transport, call, request } = await calling();
    request.outcome(ACCEPTED);
    clock.advance(100);
    transport.inbox.lose(connectionLost);
    clock.advance(200);
    await settle();
    expect([call.state, transport.sent.length]).toEqual(["pending", 1]);
    transport.inbox.open();
    await settle();
    const again = transport.last.message;
    expect(again).toEqual({ ...request.message, replyTo: "inbox-1.2", ttlMs: 700 });
    transport.last.reply(200, "answer");
    await settle();
    expect(call.value).toMatchObject({ statusCode: 200 });
    expect(clock.timerCount).toBe(0);
  });

  it("is sent again when nobody knows whether the broker has it", async () => {
    const { clock, transport, call, request } = await calling();
    request.outcome(unknown);
    clock.advance(AGAIN_MS);
    await settle();
    expect(transport.sent).toHaveLength(2);
    expect(transport.last.message.correlationId).toBe(request.message.correlationId);
    // The answer of either counts.
    request.reply(200, "first");
    await settle();
    expect(call.state).toBe("resolved");
    expect(clock.timerCount).toBe(0);
  });

  it("that its user may not send ends at once, and is not sent again, whatever can be known of it", async () => {
    const { clock, transport, call, request } = await calling();
    const error = new RpcError("Config", "write access to exchange refused", { executed: "maybe" });
    request.outcome({ kind: "unknown", error });
    await settle();
    expect(call.error).toMatchObject({ code: "Config", executed: "maybe" });
    expect([transport.sent.length, clock.timerCount]).toEqual([1, 0]);
  });

  it("is sent once more, and not twice, when its send and then its reply address are lost", async () => {
    for (const order of ["send first", "address first"]) {
      const { clock, transport, request } = await calling();
      if (order === "send first") request.outcome(unknown);
      transport.inbox.lose(connectionLost);
      if (order !== "send first") request.outcome(unknown);
      transport.inbox.open();
      clock.advance(AGAIN_MS);
      await settle();
      expect(transport.sent, order).toHaveLength(2);
    }
  });

  it("is answered at an address that still lives while it waits to be sent again", async () => {
    const { clock, transport, call, request } = await calling();
    request.outcome(unknown);
    request.reply(200, "answer");
    await settle();
    expect(call.state).toBe("resolved");
    clock.advance(1_000);
    await settle();
    expect(transport.sent).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("waits for the connection before it is sent again", async () => {
    const { clock, transport, request } = await calling();
    transport.down(connectionLost);
    transport.inbox.lose(connectionLost);
    request.outcome(unknown);
    clock.advance(500);
    await settle();
    expect(transport.sent).toHaveLength(1);
    transport.up();
    transport.inbox.open();
    await settle();
    expect(transport.sent).toHaveLength(2);
  });

  it("is sent again three times at most, and ends with executed maybe", async () => {
    const { clock, transport, call } = await calling();
    for (let lost = 0; lost < 4; lost++) {
      expect(call.state).toBe("pending");
      transport.inbox.lose(connectionLost);
      transport.inbox.open();
      await settle();
      clock.advance(AGAIN_MS);
    }
    await settle();
    expect(transport.sent).toHaveLength(4);
    expect(call.error).toMatchObject({ code: "Unavailable", executed: "maybe", cause: connectionLost });
    expect(clock.timerCount).toBe(0);
  });

  it("says executed maybe of whatever it ends with once it was sent again", async () => {
    const ends: readonly [SendOutcome, string][] = [
      [UNROUTABLE, "NoService"],
      [{ kind: "refused", error: new RpcError("Overloaded", "full") }, "Overloaded"],
    ];
    for (const [outcome, code] of ends) {
      const { clock, transport, call, request } = await calling();
      request.outcome(unknown);
      clock.advance(AGAIN_MS);
      transport.last.outcome(outcome);
      await settle();
      expect(call.error).toMatchObject({ code, executed: "maybe" });
    }
  });

  it("says executed maybe of an answer that says no once it was sent again: the first may have run", async () => {
    const shop = contract("S", { m: method({ idempotent: true }) });
    const { clock, transport } = scripted();
    const client = createClient({ transport, contract: shop, clock, timeoutMs: 1_000 });
    for (const isAgain of [false, true]) {
      const call = watch<unknown>(client.methods.m());
      await settle();
      if (isAgain) transport.last.outcome(unknown);
      clock.advance(AGAIN_MS);
      await settle();
      const problem = { type: OVERLOADED_PROBLEM, status: 429, title: "Overloaded", executed: "no" } as const;
      const { correlationId } = transport.last.message;
      transport.last.replyWith(encodeResponse(problemResponse(problem), correlationId));
      await settle();
      expect(call.error).toMatchObject({ code: "Overloaded", executed: isAgain ? "maybe" : "no" });
    }
    expect(transport.sent).toHaveLength(3);
  });

  it("is not sent again once its time is over, while it waits for its server's word", async () => {
    for (const lost of ["send", "address"]) {
      const { clock, transport, call, request } = await calling();
      if (lost === "address") request.outcome(ACCEPTED);
      clock.advance(1_010);
      if (lost === "send") request.outcome(unknown);
      else transport.inbox.lose(connectionLost);
      if (lost === "address") transport.inbox.open();
      clock.advance(AGAIN_MS);
      await settle();
      expect(transport.sent, lost).toHaveLength(1);
      clock.advance(100);
      await settle();
      expect(call.error, lost).toMatchObject({ code: "Timeout", executed: "maybe" });
      expect(clock.timerCount).toBe(0);
    }
  });

  it("says executed maybe when its time is over while it waits to be sent again", async () => {
    const { clock, transport, call } = await calling();
    transport.down(connectionLost);
    transport.inbox.lose(connectionLost);
    clock.advance(1_010);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout", executed: "maybe" });
    expect((call.error as Error).message).toBe(
      "S.m: no answer within 1000 ms (after 1000 ms, waiting to be sent again)",
    );
    transport.up();
    transport.inbox.open();
    await settle();
    expect(transport.sent).toHaveLength(1);
    expect(clock.timerCount).toBe(0);
  });

  it("fails at once where the connection is not to be waited for", async () => {
    for (const told of ["down before", "down after"]) {
      const { transport, call, request } = await calling("call", { whenDown: "fail" });
      if (told === "down before") transport.down(connectionLost);
      transport.inbox.lose(connectionLost);
      request.outcome(unknown);
      if (told === "down after") transport.down(connectionLost);
      await settle();
      expect(call.error, told).toMatchObject({ code: "Unavailable", executed: "maybe" });
      expect(transport.sent).toHaveLength(1);
    }
  });

  it("is not ended by what was sent before it was lost, and came to nothing only later", async () => {
    const { transport, call, request } = await calling();
    transport.inbox.lose(connectionLost);
    request.outcome(UNROUTABLE);
    request.outcome(UNSENT);
    transport.inbox.open();
    await settle();
    expect(transport.sent).toHaveLength(2);
    transport.last.reply();
    await settle();
    expect(call.state).toBe("resolved");
  });

  it("that was sent again is decided over by what becomes of that, not of what was sent before", async () => {
    const refused: SendOutcome = { kind: "refused", error: new RpcError("Overloaded", "full") };
    for (const late of [UNROUTABLE, refused, UNSENT, unknown, ACCEPTED]) {
      const { clock, transport, call, request } = await calling();
      transport.inbox.lose(connectionLost);
      transport.inbox.open();
      await settle();
      request.outcome(late);
      clock.advance(AGAIN_MS);
      await settle();
      expect([call.state, transport.sent.length], late.kind).toEqual(["pending", 2]);
      transport.last.outcome(UNROUTABLE);
      await settle();
      expect(call.error, late.kind).toMatchObject({ code: "NoService", executed: "maybe" });
      expect(clock.timerCount).toBe(0);
    }
  });

  it("forgets the signs of life of the server that it was sent to before", async () => {
    const contractOf = contract("S", { m: method({ idempotent: true }) });
    const { clock, transport } = scripted();
    const client = createClient({ transport, contract: contractOf, clock, timeoutMs: 60_000 });
    const call = watch(client.methods.m({ aliveEveryMs: 1_000 }));
    await settle();
    transport.last.frame({ kind: "alive", seq: undefined, credit: undefined });
    transport.down(connectionLost);
    transport.inbox.lose(connectionLost);
    clock.advance(10_000);
    await settle();
    expect(call.state).toBe("pending");
    transport.up();
    transport.inbox.open();
    await settle();
    transport.last.reply();
    await settle();
    expect(call.state).toBe("resolved");
    expect(clock.timerCount).toBe(0);
  });
});

describe("a one-way call that is idempotent", () => {
  it("is sent again when nobody knows whether the broker has it", async () => {
    const { clock, transport, call, request } = await calling("void");
    request.outcome(unknown);
    clock.advance(AGAIN_MS);
    await settle();
    expect(transport.sent).toHaveLength(2);
    expect(transport.last.message).toEqual(request.message);
    transport.last.outcome(ACCEPTED);
    await settle();
    expect(call.state).toBe("resolved");
    expect(clock.timerCount).toBe(0);
  });

  it("is sent again three times at most", async () => {
    const { clock, transport, call } = await calling("void");
    for (let lost = 0; lost < 4; lost++) {
      transport.last.outcome(unknown);
      clock.advance(AGAIN_MS);
      await settle();
    }
    expect(transport.sent).toHaveLength(4);
    expect(call.error).toMatchObject({ code: "Unavailable", executed: "maybe" });
  });
});

describe("a call is idempotent", () => {
  const shop = contract("S", {
    read: method({ input: z.string(), idempotent: true }),
    buy: method({ input: z.string() }),
  });

  it.each<["read" | "buy", CallOptions | undefined, boolean]>([
    ["read", undefined, true],
    ["read", { timeoutMs: 500 }, true],
    ["read", { idempotent: false }, false],
    ["buy", undefined, false],
    ["buy", { idempotent: true }, true],
  ])("if its contract or its caller says so: %s with %j: %s", async (name, options, idempotent) => {
    const { clock, transport } = scripted();
    const client = createClient({ transport, contract: shop, clock, timeoutMs: 1_000 });
    const seen: unknown[] = [];
    client.on("sent", ({ call }) => seen.push(call.idempotent));
    const call = watch(client.methods[name]("x", options));
    await settle();
    expect(seen).toEqual([idempotent]);
    transport.inbox.lose(connectionLost);
    transport.inbox.open();
    await settle();
    expect([call.state, transport.sent.length]).toEqual(idempotent ? ["pending", 2] : ["rejected", 1]);
  });
});

describe("a call that is not idempotent", () => {
  it("is not sent again, and ends with executed maybe", async () => {
    const { clock, transport, client } = scripted();
    const [call, oneWay] = [watch(client.call("m").sync()), watch(client.call("m").void())];
    await settle();
    for (const request of transport.sent) request.outcome(unknown);
    transport.inbox.lose(connectionLost);
    transport.inbox.open();
    clock.advance(AGAIN_MS);
    await settle();
    for (const { error } of [call, oneWay]) {
      expect(error).toMatchObject({ code: "Unavailable", executed: "maybe" });
    }
    expect(transport.sent).toHaveLength(2);
  });
});

describe("an idempotent call over several transports", () => {
  it("goes on over the next one with its id, when it was lost over the first", async () => {
    const { clock, transport: first } = scripted();
    const { transport: second } = scripted();
    const client = createClient({ transport: [first, second], service: "S", timeoutMs: 1_000, clock });
    const call = watch(client.call("m").withIdempotence().sync());
    await settle();
    first.down(connectionLost);
    first.inbox.lose(connectionLost);
    await settle();
    expect(second.sent.map(({ message }) => message.correlationId)).toEqual([
      first.last.message.correlationId,
    ]);
    second.last.reply();
    await settle();
    expect(call.state).toBe("resolved");
    expect(clock.timerCount).toBe(0);
  });

  it("breaks three more connections at most", async () => {
    const { clock, transport: first } = scripted();
    const { transport: second } = scripted();
    const client = createClient({ transport: [first, second], service: "S", timeoutMs: 1_000, clock });
    const call = watch(client.call("m").withIdempotence().sync());
    await settle();
    for (let lost = 0; lost < 6; lost++) {
      const [now, next] = lost % 2 === 0 ? [first, second] : [second, first];
      if (now.sent.length === 0) break;
      next.state = "up";
      now.down(connectionLost);
      now.inbox.lose(connectionLost);
      await settle();
      if (next.inboxes.length > 0 && next.inbox.address === undefined) next.inbox.open();
      await settle();
    }
    expect(first.sent.length + second.sent.length).toBe(4);
    expect(call.error).toMatchObject({ code: "Unavailable", executed: "maybe" });
    expect(clock.timerCount).toBe(0);
  });

  it("is not told to be given up by going on, but where its server fell silent once it is over", async () => {
    for (const [goesOver, end] of [
      ["the same", "answered"],
      ["the same", "given up"],
      ["the next", "answered"],
      ["the next", "given up"],
    ]) {
      const { clock, transport: first } = scripted();
      const { transport: second } = scripted();
      const client = createClient({ transport: [first, second], service: "S", timeoutMs: 60_000, clock });
      const slot = await client.call("m").withIdempotence().withLiveness(1_000).async();
      const call = watch(slot.response);
      await settle();
      first.last.frame({ kind: "alive", seq: undefined, credit: undefined });
      const silent = first.last.message;
      clock.advance(4_000);
      if (goesOver === "the next") first.state = "down";
      await settle();
      first.state = "up";
      const again = [...first.sent.slice(1), ...second.sent].map(({ message }) => message.correlationId);
      expect([again, call.state]).toEqual([[silent.correlationId], "pending"]);
      expect([...first.published, ...second.published]).toEqual([]);
      const now = goesOver === "the same" ? first : second;
      if (end === "answered") now.last.reply();
      else slot.cancel();
      await settle();
      expect(call.state).toBe(end === "answered" ? "resolved" : "rejected");
      const told = { topic: "porthos.cancel.S", id: silent.correlationId };
      expect(first.published, end).toEqual([told]);
      expect(second.published, end).toEqual(end === "answered" || now === first ? [] : [told]);
      expect(clock.timerCount).toBe(0);
      await client.close();
    }
  });

  it("that is not idempotent does not go on", async () => {
    const { clock, transport: first } = scripted();
    const { transport: second } = scripted();
    const client = createClient({ transport: [first, second], service: "S", timeoutMs: 1_000, clock });
    const call = watch(client.call("m").sync());
    await settle();
    first.down(connectionLost);
    first.inbox.lose(connectionLost);
    await settle();
    expect(call.error).toMatchObject({ code: "Unavailable", executed: "maybe" });
    expect(second.sent).toEqual([]);
  });
});
