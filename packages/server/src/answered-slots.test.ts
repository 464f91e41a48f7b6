import { RpcError, UNSENT } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ScriptedTransport } from "../test/scripted-transport.js";
import { callId, request, scripted } from "../test/setup.js";
import { settle } from "../test/watch.js";
import { Admission } from "./admission.js";
import { createServer, type Server, type ServerOptions } from "./index.js";

afterEach(() => {
  vi.restoreAllMocks();
});

interface Served {
  readonly clock: ManualClock;
  readonly server: Server;
  readonly a: ScriptedTransport;
  readonly b: ScriptedTransport;
  readonly lost: () => number;
  /** Ends the handlers of A's requests. */
  readonly end: () => Promise<void>;
  /** A request over B, and whether it was answered. */
  readonly servesB: () => Promise<boolean>;
}

/** A server of two slots, which requests of A hold, and no answers of A are confirmed. */
async function busyWithA(options: Partial<ServerOptions> = {}): Promise<Served> {
  const clock = new ManualClock();
  const [a, b] = [new ScriptedTransport(), new ScriptedTransport()];
  const server = createServer({ transport: [a, b], service: "S", clock, maxInFlight: 2, ...options });
  const ends: (() => void)[] = [];
  let lost = 0;
  server.on("replyLost", () => lost++);
  server.register("slow", () => new Promise<void>((resolve) => ends.push(resolve)));
  server.register("m", () => "answer");
  await server.listen();
  a.holdReplies = true;
  for (const n of [1, 2])
    a.consumer.deliver(request({ method: "slow", correlationId: callId(n), ttlMs: 1_000 }));
  const end = async (): Promise<void> => {
    for (const each of ends) each();
    await settle();
  };
  const servesB = async (): Promise<boolean> => {
    const before = b.replies.length;
    b.consumer.deliver(request({ correlationId: callId(3 + before, 60_000), ttlMs: 60_000 }));
    await settle();
    return b.replies.length > before;
  };
  return { clock, server, a, b, lost: () => lost, end, servesB };
}

describe("the slots of a server of two transports", () => {
  it("are held by handlers, whichever transport their requests came by", async () => {
    const { servesB } = await busyWithA();
    expect(await servesB()).toBe(false);
  });

  it.each(["down", "closed"] as const)("are free of answers whose transport is %s", async (how) => {
    const { a, end, servesB, lost, clock, server } = await busyWithA();
    if (how === "down") a.state = "down";
    else await a.close();
    await end();
    for (const reply of a.replies) reply.outcome(UNSENT);
    await settle();
    expect(lost()).toBe(how === "down" ? 0 : 2);
    expect(await servesB()).toBe(true);
    clock.advance(1_010);
    expect(lost()).toBe(2);
    await server.shutdown();
    expect(clock.timerCount).toBe(0);
  });

  it("are free of answers that their broker has not confirmed yet", async () => {
    const { end, servesB } = await busyWithA();
    await end();
    expect(await servesB()).toBe(true);
  });

  it("are free of answers that their broker refuses for a while, also with autoAck", async () => {
    const { a, end, servesB } = await busyWithA({ autoAck: true });
    await end();
    for (const reply of a.replies)
      reply.outcome({ kind: "refused", error: new RpcError("Overloaded", "no credit") });
    expect(await servesB()).toBe(true);
  });

  it("are each given back once, however often an answer waits", async () => {
    const { a, b, end, server } = await busyWithA();
    a.state = "down";
    await end();
    for (const reply of [...a.replies]) reply.outcome(UNSENT);
    for (let i = 0; i < 3; i++) {
      a.up();
      a.state = "down";
      for (const reply of a.replies.slice(-2)) reply.outcome(UNSENT);
    }
    for (const n of [5, 6, 7])
      b.consumer.deliver(request({ method: "slow", correlationId: callId(n), ttlMs: 1_000 }));
    let ran = 0;
    server.on("incoming", () => ran++);
    b.consumer.deliver(request({ correlationId: callId(8), ttlMs: 1_000 }));
    await settle();
    expect(ran).toBe(0);
  });
});

it("a shutdown waits for an answer whose transport is down until its caller's time is over, not until its own is", async () => {
  const { a, end, server, clock } = await busyWithA();
  a.state = "down";
  await end();
  for (const reply of a.replies) reply.outcome(UNSENT);
  let isShut = false;
  const shut = server.shutdown({ timeoutMs: 10_000 }).then(() => {
    isShut = true;
  });
  await settle();
  expect(isShut).toBe(false);
  clock.advance(1_010);
  await shut;
  expect(clock.timerCount).toBe(0);
});

it("of more answers than are kept, the oldest that wait for their transport are lost", async () => {
  const { deliver, transport, server, events } = scripted({ maxInFlight: 100, autoAck: true });
  server.register("m", () => new Uint8Array(1024 * 1024));
  await server.listen();
  transport.holdReplies = true;
  for (let n = 1; n <= 10; n++) deliver({ correlationId: `id-${n}` });
  transport.state = "down";
  for (const reply of [...transport.replies]) reply.outcome(UNSENT);
  await settle();
  const lost = events.filter(({ name }) => name === "replyLost");
  expect(lost.map(({ event }) => (event as { call: { id: string } }).call.id)).toEqual(["id-1", "id-2"]);
  transport.up();
  expect(transport.replies).toHaveLength(18);
});

it("a request that is told of the closing, and whose answer is sent at once, gives its caller's share back once", async () => {
  const leave = vi.spyOn(Admission.prototype, "leave");
  const { deliver, server, transport } = scripted({ autoAck: true, maxInFlightPerCaller: 2 });
  server.register("m", () => new Promise(() => {}));
  await server.listen();
  deliver({ correlationId: callId(1), ttlMs: 1_000 });
  await server.close();
  expect(transport.last.status).toBe(503);
  expect(leave).toHaveBeenCalledTimes(1);
});
