import { ACCEPTED, type Extension, Refusal, UNROUTABLE } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { callId, connectionLost, type RequestInit, serving } from "../test/setup.js";
import { streamed } from "../test/streaming.js";
import { settle } from "../test/watch.js";

const ID = callId(1);
const call: RequestInit = { correlationId: ID, ttlMs: 1_000 };
/** One that has a minute. */
const LONG = callId(2, 60_000);

/** A handler that ends when it is told to, and how often it ran. */
function gated() {
  const ends: ((value?: unknown) => void)[] = [];
  return {
    ends,
    handler: () => new Promise((resolve) => ends.push(resolve)),
  };
}

const duplicates = (events: readonly { readonly name: string }[]): number =>
  events.filter(({ name }) => name === "duplicate").length;

describe("a request that comes again", () => {
  it("while it runs is settled with the first, and answered once", async () => {
    const { ends, handler } = gated();
    const { deliver, transport, events } = await serving(handler);
    deliver(call);
    const again = deliver(call, true);
    ends[0]?.("answer");
    await settle();
    expect(ends).toHaveLength(1);
    expect(transport.replies).toHaveLength(1);
    expect(again.settled).toBe("accept");
    expect(duplicates(events)).toBe(1);
  });

  it("when it was answered gets the same answer, and does not run again", async () => {
    let runs = 0;
    const { deliver, transport, events } = await serving(() => ++runs);
    deliver(call);
    const again = deliver(call, true);
    expect(transport.replies.map(({ json }) => json)).toEqual([1, 1]);
    expect(again.settled).toBe("accept");
    expect(events.filter(({ name }) => name === "duplicate").map(({ event }) => event)).toEqual([
      { service: "S", correlationId: ID },
    ]);
    expect(duplicates(events)).toBe(1);
  });

  it("is not told as a run of its own", async () => {
    const { deliver, events } = await serving(() => "answer");
    deliver(call);
    deliver(call, true);
    expect(events.map(({ name }) => name)).toEqual(["incoming", "outgoing", "duplicate"]);
  });

  it("when it was answered, sent again for another address, is answered there", async () => {
    const { deliver, transport } = await serving(() => "answer");
    deliver(call);
    deliver({ ...call, replyTo: "other inbox" });
    expect(transport.replies.map(({ address, json }) => [address, json])).toEqual([
      ["inbox", "answer"],
      ["other inbox", "answer"],
    ]);
  });

  it.each(["when it was answered", "while it runs"])(
    "%s is known by its whole id: who has seen another of its caller gets nothing of it, and must pass the extensions",
    async (when) => {
      const auth: Extension = {
        name: "auth",
        apiVersion: 1,
        server: {
          wrap: {
            phase: "auth",
            run: (incoming, next) => {
              if (incoming.request.headers?.get("token") !== "good") throw new Refusal(401, "no");
              return next(incoming);
            },
          },
        },
      };
      const { ends, handler } = gated();
      const { deliver, transport, events } = await serving(handler, { extensions: [auth] });
      deliver({ ...call, headers: new Map([["token", "good"]]) });
      if (when === "when it was answered") ends[0]?.("secret");
      await settle();
      const [caller, number, deadline] = ID.split(".");
      const tag = callId(2).split(".")[3];
      for (const correlationId of [
        `${caller}.${number}.${deadline}.${tag}`,
        `${caller}.${number}.${deadline}`,
      ])
        deliver({ ...call, correlationId, replyTo: "a stranger's" });
      await settle();
      ends[0]?.("secret");
      await settle();
      const strangers = transport.replies.filter(({ address }) => address === "a stranger's");
      expect(strangers.map(({ json }) => (json as { status: number }).status)).toEqual([401, 401]);
      expect(transport.replies).toHaveLength(3);
      expect(duplicates(events)).toBe(0);
    },
  );

  it("while it runs, sent again for another address, is answered there too", async () => {
    const { ends, handler } = gated();
    const { deliver, transport, events } = await serving(handler);
    const first = deliver(call);
    const other = deliver({ ...call, replyTo: "other inbox" });
    const redelivered = deliver({ ...call, replyTo: "other inbox" }, true);
    ends[0]?.("answer");
    await settle();
    expect(ends).toHaveLength(1);
    expect(transport.replies.map(({ address }) => address).sort()).toEqual(["inbox", "other inbox"]);
    expect([first, other, redelivered].map(({ settled }) => settled)).toEqual(["accept", "accept", "accept"]);
    expect(duplicates(events)).toBe(2);
  });

  it("is acknowledged only when its answer was taken", async () => {
    const { deliver, transport } = await serving(() => "answer");
    deliver(call);
    transport.holdReplies = true;
    const again = deliver(call, true);
    expect(again.settled).toBeUndefined();
    transport.last.outcome({ kind: "accepted" });
    expect(again.settled).toBe("accept");
  });

  it("for lack of its answer's confirm is answered from memory while the first answer is still on its way", async () => {
    let runs = 0;
    const { deliver, transport } = await serving(() => ++runs);
    transport.holdReplies = true;
    deliver(call);
    deliver({ ...call, replyTo: "other inbox" });
    expect(transport.replies.map(({ json }) => json)).toEqual([1, 1]);
    transport.replies[0]?.outcome({ kind: "unknown", error: connectionLost });
    expect(runs).toBe(1);
  });

  it("has waited for a slot behind its first delivery, and does not run all the same", async () => {
    const { ends, handler } = gated();
    const { deliver, transport } = await serving(handler, { maxInFlight: 1 });
    deliver(call);
    deliver({ ...call, replyTo: "other inbox" });
    ends[0]?.("answer");
    await settle();
    expect(ends).toHaveLength(1);
    expect(transport.replies).toHaveLength(2);
  });

  it("while it waits for a slot is settled with the first, whatever becomes of that", async () => {
    const waiting: RequestInit = { correlationId: LONG, ttlMs: 60_000 };
    for (const end of ["run", "given up", "given back"]) {
      const { ends, handler } = gated();
      const { deliver, giveUp, server } = await serving(handler, { maxInFlight: 1 });
      deliver(call);
      const both = [deliver(waiting), deliver(waiting, true)];
      if (end === "given up") giveUp(LONG);
      const closing = end === "given back" ? server.close() : undefined;
      await settle();
      ends[0]?.("first");
      await settle();
      ends[1]?.("second");
      await settle();
      const how = end === "given back" ? "release" : "accept";
      expect(
        both.map(({ settled }) => settled),
        end,
      ).toEqual([how, how]);
      expect(ends, end).toHaveLength(end === "run" ? 2 : 1);
      await (closing ?? server.close());
    }
  });

  it("while it waits for a slot is settled with its run, if that has begun meanwhile", async () => {
    const { ends, handler } = gated();
    const { deliver, transport } = await serving(handler, { maxInFlight: 2 });
    for (const number of [4, 5]) deliver({ correlationId: callId(number, 60_000), ttlMs: 60_000 });
    // Their broker marks only the last of them.
    const unmarked = { correlationId: callId(3, 60_000), ttlMs: 60_000 };
    const all = [deliver(unmarked), deliver(unmarked), deliver(unmarked, true)];
    ends[0]?.("first");
    await settle();
    ends[1]?.("second");
    await settle();
    ends[2]?.("third");
    await settle();
    expect(all.map(({ settled }) => settled)).toEqual(["accept", "accept", "accept"]);
    expect([ends.length, transport.replies.length]).toEqual([3, 3]);
  });

  it("runs again when its id may be somebody else's", async () => {
    let runs = 0;
    const { deliver } = await serving(() => ++runs);
    deliver({ correlationId: "id-1" });
    deliver({ correlationId: "id-1" }, true);
    expect(runs).toBe(2);
  });

  it("ends by its own deadline when its first run does not end", async () => {
    const { handler } = gated();
    const { deliver, transport, clock, server } = await serving(handler);
    deliver({ correlationId: ID });
    const again = deliver({ ...call, replyTo: "other inbox" });
    clock.advance(1_100);
    expect(transport.replies.map(({ address, status }) => [address, status])).toEqual([["other inbox", 504]]);
    expect(again.settled).toBe("accept");
    await server.close();
    expect(clock.timerCount).toBe(0);
  });

  it("is not answered with the error of a handler that was not there yet", async () => {
    const { deliver, transport, server } = await serving(() => "answer");
    deliver({ ...call, method: "late" });
    server.register("late", () => "answer");
    deliver({ ...call, method: "late" }, true);
    expect(transport.replies.map(({ status }) => status)).toEqual([404, 200]);
  });

  it("may run when it had expired in the queue", async () => {
    const { deliver, transport, clock } = await serving(() => "answer", {
      extensions: [
        { name: "slow", apiVersion: 1, server: { wire: { incoming: () => new Promise(() => {}) } } },
      ],
    });
    deliver(call);
    clock.advance(1_100);
    expect(transport.last.status).toBe(504);
    deliver(call, true);
    expect(transport.replies).toHaveLength(1);
  });

  it("may run when an extension had refused it before it ran", async () => {
    let refuses = true;
    const limit: Extension = {
      name: "limit",
      apiVersion: 1,
      server: {
        wrap: {
          phase: "limit",
          run: (call, next) => {
            if (refuses) throw new Refusal(429, "too many");
            return next(call);
          },
        },
      },
    };
    const { deliver, transport } = await serving(() => "answer", { extensions: [limit] });
    deliver(call);
    refuses = false;
    deliver(call, true);
    expect(transport.replies.map(({ status }) => status)).toEqual([429, 200]);
  });

  it("is not begun again when its caller had given up while it ran", async () => {
    const { ends, handler } = gated();
    const { deliver, giveUp } = await serving(handler);
    deliver(call);
    giveUp(ID);
    deliver(call, true);
    expect(ends).toHaveLength(1);
  });
});

describe("a request with signs of life, which do not reach its caller", () => {
  const alive: RequestInit = {
    correlationId: LONG,
    ttlMs: 60_000,
    headers: new Map([["porthos-alive", 1_000]]),
  };

  it("runs on if its caller waits elsewhere by now", async () => {
    const { ends, handler } = gated();
    const { deliver, transport, events, clock } = await serving(handler);
    deliver(alive);
    deliver({ correlationId: LONG, replyTo: "other inbox", ttlMs: 60_000 });
    transport.frameOutcome = UNROUTABLE;
    clock.advance(3_000);
    ends[0]?.("answer");
    await settle();
    expect(events.map(({ name }) => name)).not.toContain("cancelled");
    expect(transport.replies.map(({ json }) => json)).toEqual(["answer", "answer"]);
  });

  it("runs again if its caller asks again later", async () => {
    const { ends, handler } = gated();
    const { deliver, transport, events, clock } = await serving(handler);
    deliver(alive);
    transport.frameOutcome = UNROUTABLE;
    clock.advance(3_000);
    expect(events.map(({ name }) => name)).toContain("cancelled");
    transport.frameOutcome = ACCEPTED;
    deliver({ ...alive, replyTo: "other inbox" });
    expect(ends).toHaveLength(2);
  });
});

describe("a stream that comes again", () => {
  it("is not answered from memory: its items are gone", async () => {
    let runs = 0;
    const { open, turns } = streamed(await serving(() => ++runs));
    await open();
    await turns();
    await open();
    expect(runs).toBe(2);
  });
});

describe("a request that was delivered many times, by its broker's count", () => {
  it("runs the 20th time, and not again: it is answered 500, rejected, and told", async () => {
    let runs = 0;
    const { deliver, transport, events } = await serving(() => ++runs);
    expect(deliver({ correlationId: callId(3) }, true, 19).settled).toBe("accept");
    expect(runs).toBe(1);
    const poisoned = deliver(call, true, 20);
    expect(runs).toBe(1);
    expect(transport.last.json).toEqual({
      status: 500,
      title: "Poisoned request",
      detail: "it was delivered 21 times, and nobody has answered it",
      executed: "maybe",
    });
    expect(poisoned.settled).toBe("reject");
    expect(events.filter(({ name }) => name === "poisoned").map(({ event }) => event)).toEqual([
      { service: "S", correlationId: ID, deliveries: 21 },
    ]);
  });

  it("is rejected if nobody waits for an answer, too", async () => {
    let runs = 0;
    const { deliver, transport } = await serving(() => ++runs);
    const poisoned = deliver({ replyTo: undefined, correlationId: undefined }, true, 20);
    expect([runs, poisoned.settled, transport.replies]).toEqual([0, "reject", []]);
  });

  it("gets its answer if it was answered here", async () => {
    const { deliver, transport, events } = await serving(() => "answer");
    deliver(call);
    const again = deliver(call, true, 20);
    expect([again.settled, transport.last.json]).toEqual(["accept", "answer"]);
    expect(events.map(({ name }) => name)).not.toContain("poisoned");
  });
});
