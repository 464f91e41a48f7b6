import {
  ACCEPTED,
  type ClientEvents,
  RpcError,
  type SendOutcome,
  UNROUTABLE,
  UNSENT,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import type { SentRequest } from "../test/scripted-transport.js";
import { connectionLost, scripted } from "../test/setup.js";
import { settle, watch } from "../test/watch.js";

const refused: SendOutcome = { kind: "refused", error: new RpcError("Overloaded", "the queue is full") };
const unknown: SendOutcome = { kind: "unknown", error: connectionLost };

/** A call that was handed to the transport, and nothing else has happened. */
async function calling(kind: "call" | "void" = "call") {
  const { clock, transport, client } = scripted();
  const strays: ClientEvents["stray"]["kind"][] = [];
  client.on("stray", ({ kind: stray }) => strays.push(stray));
  const builder = client.call("m");
  const call = watch<unknown>(kind === "call" ? builder.sync() : builder.void());
  await settle();
  return { clock, transport, client, call, strays, request: transport.last };
}

type Step = "reply" | SendOutcome;

async function take(request: SentRequest, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step === "reply") request.reply(200, "answer");
    else request.outcome(step);
    await settle();
  }
}

const says = (steps: readonly Step[]): string =>
  steps.map((step) => (step === "reply" ? step : step.kind)).join(", then ") || "nothing";

describe("a call that wants a response", () => {
  it.each([
    [["reply"]],
    [[ACCEPTED, "reply"]],
    [["reply", ACCEPTED]],
    [[unknown, "reply"]],
    [["reply", unknown]],
    [["reply", UNROUTABLE]],
    [["reply", refused]],
    [["reply", UNSENT]],
    [[UNSENT, "reply"]],
  ] as const)("ends with its response: %#", async (steps: readonly Step[]) => {
    const { call, request, strays, client, clock, transport } = await calling();
    if (steps.includes(UNSENT)) transport.state = "down";
    await take(request, steps);
    expect(call.state, says(steps)).toBe("resolved");
    expect(call.value).toMatchObject({ statusCode: 200 });
    expect(strays).toEqual([]);
    expect(clock.timerCount).toBe(0);
    const again: unknown[] = [];
    client.on("sent", (event) => again.push(event));
    transport.up();
    await settle();
    expect([transport.sent.length, again]).toEqual([1, []]);
  });

  it.each([
    [[UNROUTABLE], { code: "NoService", status: 503, executed: "no", retryable: true }],
    [[refused], { code: "Overloaded", status: 429, executed: "no", retryable: true }],
    [[ACCEPTED, UNROUTABLE], { code: "NoService", executed: "no" }],
  ] as const)("ends at once, by what its send came to: %#", async (steps: readonly Step[], error) => {
    const { call, request, strays, clock } = await calling();
    await take(request, steps);
    expect(call.state, says(steps)).toBe("rejected");
    expect(call.error).toMatchObject(error);
    expect(clock.timerCount).toBe(0);
    await take(request, ["reply"]);
    expect(strays).toEqual(["late"]);
  });

  it.each([[[]], [[ACCEPTED]], [[unknown]]] as const)(
    "waits for its response until its deadline, and then ends with Timeout: %#",
    async (steps: readonly Step[]) => {
      const { call, request, clock, strays } = await calling();
      await take(request, steps);
      clock.advance(999);
      await settle();
      expect(call.state, says(steps)).toBe("pending");
      // What its server says of it may still be on its way.
      clock.advance(100);
      await settle();
      expect(call.state, says(steps)).toBe("pending");
      clock.advance(21);
      await settle();
      expect(call.error).toMatchObject({ code: "Timeout", status: 504, executed: "maybe", retryable: true });
      expect(clock.timerCount).toBe(0);
      await take(request, ["reply", "reply"]);
      expect(strays).toEqual(["late", "late"]);
    },
  );

  it("passes on what the transport knows about a refusal", async () => {
    const { call, request } = await calling();
    const error = new RpcError("TooLarge", "16 MiB at most", {
      executed: "no",
      status: 413,
      retryable: false,
    });
    request.outcome({ kind: "refused", error });
    await settle();
    expect(call.error).toMatchObject({ code: "TooLarge", executed: "no", status: 413, cause: error });
    expect((call.error as Error).message).toContain("16 MiB at most");
  });

  it("says in a timeout how far it had come", async () => {
    const unconfirmed = await calling();
    unconfirmed.clock.advance(1_120);
    const taken = await calling();
    taken.request.outcome(ACCEPTED);
    taken.clock.advance(1_120);
    const { clock, transport, client } = scripted();
    transport.state = "down";
    const waiting = watch(client.call("m").sync());
    clock.advance(1_010);
    await settle();
    expect([unconfirmed.call, taken.call, waiting].map(({ error }) => (error as Error).message)).toEqual([
      "S.m: no answer within 1000 ms (after 1100 ms, sent, not confirmed by the broker)",
      "S.m: no answer within 1000 ms (after 1100 ms, queued, as far as is known)",
      "S.m: no answer within 1000 ms (after 1000 ms, waiting for the connection)",
    ]);
    expect(waiting.error).toMatchObject({ code: "Timeout", executed: "no" });
  });

  it("is not touched by a second outcome, or by one after its end", async () => {
    const { call, request } = await calling();
    await take(request, [UNROUTABLE, ACCEPTED, refused, UNSENT]);
    expect(call.error).toMatchObject({ code: "NoService" });
  });

  it("hears its outcome and its reply inside of send", async () => {
    const { transport, client, clock } = scripted();
    transport.onSend = () => {
      transport.last.outcome(ACCEPTED);
      transport.last.reply(200, "at once");
    };
    const response = await client.call("m").sync();
    expect(response.json()).toBe("at once");
    expect(clock.timerCount).toBe(0);
  });
});

describe("a one-way call", () => {
  it("resolves when the broker has taken it, and not before", async () => {
    const { call, request, clock } = await calling("void");
    expect(call.state).toBe("pending");
    request.outcome(ACCEPTED);
    await settle();
    expect(call.state).toBe("resolved");
    expect(call.value).toBeUndefined();
    expect(clock.timerCount).toBe(0);
  });

  it("has on the wire neither reply address, nor correlation id, nor expiration, and opens no inbox", async () => {
    const { request, transport } = await calling("void");
    expect(request.queue).toBe("S");
    expect(request.message).toMatchObject({
      replyTo: undefined,
      correlationId: undefined,
      ttlMs: undefined,
      durable: true,
    });
    expect([...request.message.headers]).toEqual([["X-Method", "m"]]);
    expect(transport.inboxes).toEqual([]);
  });

  it.each([
    [UNROUTABLE, { code: "NoService", executed: "no" }],
    [refused, { code: "Overloaded", executed: "no" }],
    [unknown, { code: "Unavailable", executed: "maybe" }],
  ])("ends with an error when the broker has not, or may not have, taken it: %#", async (outcome, error) => {
    const { call, request, clock } = await calling("void");
    request.outcome(outcome);
    await settle();
    expect(call.error).toMatchObject(error);
    expect(clock.timerCount).toBe(0);
  });

  it("ends with Timeout when the broker says nothing until its deadline", async () => {
    const { call, clock } = await calling("void");
    clock.advance(1_010);
    await settle();
    expect(call.error).toMatchObject({ code: "Timeout", executed: "maybe" });
    expect(clock.timerCount).toBe(0);
  });

  it("is sent again when it was not sent", async () => {
    const { call, request, transport } = await calling("void");
    transport.state = "down";
    request.outcome(UNSENT);
    await settle();
    expect(transport.sent).toHaveLength(1);
    transport.up();
    await settle();
    expect(transport.sent).toHaveLength(2);
    expect(transport.last.message).toEqual(request.message);
    transport.last.outcome(ACCEPTED);
    await settle();
    expect(call.state).toBe("resolved");
    expect(transport.inboxes).toEqual([]);
  });
});
