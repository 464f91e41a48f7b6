import { type Extension, type Message, RpcError } from "@porthos-rpc/protocol";
import { describe, expect, it, vi } from "vitest";
import { callId, oneWay, type Scripted, scripted, serving } from "../test/setup.js";
import { settle } from "../test/watch.js";

/** A handler whose runs end one by one, when the test says so. */
function counting() {
  const ends: (() => void)[] = [];
  const counts = { running: 0, most: 0, begun: 0 };
  const handler = async (): Promise<void> => {
    counts.begun++;
    counts.running++;
    counts.most = Math.max(counts.most, counts.running);
    await new Promise<void>((resolve) => ends.push(resolve));
    counts.running--;
  };
  return { handler, ends, counts };
}

describe("maxInFlight", () => {
  it("is what the broker may send unsettled at a time", async () => {
    const { transport } = await serving(() => {}, { maxInFlight: 7 });
    expect(transport.consumer).toMatchObject({ queue: "S", credit: 7 });
  });

  it.each([false, true])(
    "is never exceeded, and every request has its turn, in order (autoAck: %s)",
    async (autoAck) => {
      const { handler, ends, counts } = counting();
      const { deliver, transport } = await serving(handler, { maxInFlight: 3, autoAck });
      const ids = Array.from({ length: 20 }, (_, i) => `id-${i}`);
      for (const correlationId of ids) deliver({ correlationId });
      for (let i = 0; i < 20; i++) {
        await settle();
        expect(counts.running).toBeLessThanOrEqual(3);
        ends[i]?.();
      }
      await settle();
      expect(counts).toEqual({ running: 0, most: 3, begun: 20 });
      expect(transport.replies.map(({ message }) => message.correlationId)).toEqual(ids);
    },
  );

  it("counts a request until its answer is with the broker", async () => {
    const { deliver, transport } = await serving(() => "answer", { maxInFlight: 1 });
    transport.holdReplies = true;
    deliver();
    deliver();
    expect(transport.replies).toHaveLength(1);
    transport.last.outcome({ kind: "accepted" });
    expect(transport.replies).toHaveLength(2);
  });

  it("lets one that hangs not stop the others", async () => {
    const { deliver, transport } = await serving(
      (request) => (request.json() === "hang" ? new Promise(() => {}) : "answer"),
      { maxInFlight: 2 },
    );
    deliver({ json: "hang" });
    for (let i = 0; i < 10; i++) deliver({ json: i });
    await settle();
    expect(transport.replies).toHaveLength(10);
  });

  it("works off a long backlog of requests that finish at once, without a deep stack", async () => {
    const held: (() => void)[] = [];
    let finished = 0;
    const { deliver, server } = await serving(
      (request) => {
        if (request.json() === "hold") return new Promise<void>((resolve) => held.push(resolve));
        finished++;
        return undefined;
      },
      { maxInFlight: 1, autoAck: true },
    );
    deliver({ ...oneWay, json: "hold" });
    for (let i = 0; i < 20_000; i++) deliver({ ...oneWay, json: "quick" });
    expect(finished).toBe(0);
    held[0]?.();
    await settle();
    expect(finished).toBe(20_000);
    await server.close();
  });
});

describe("a request that is delivered again while it runs", () => {
  it("is not run a second time; the new delivery is settled when the first run has answered", async () => {
    let runs = 0;
    let finish: (value: string) => void = () => {};
    const { deliver, transport } = await serving(() => {
      runs++;
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    deliver({ correlationId: "call-1" });
    const again = deliver({ correlationId: "call-1" }, true);
    const other = deliver({ correlationId: "call-2" }, true);
    finish("of the last run");
    await settle();
    expect(runs).toBe(2);
    expect(other.settled).toBe("accept");
    expect(again.settled).toBeUndefined();
    expect(transport.replies).toHaveLength(1);
  });

  it("settles all its deliveries where it waits for a slot: its broker may have it twice", async () => {
    const methods: string[] = [];
    const finish: (() => void)[] = [];
    const { deliver } = await serving(
      (request) => {
        methods.push(request.text());
        return new Promise<void>((resolve) => finish.push(resolve));
      },
      { maxInFlight: 1 },
    );
    deliver({ correlationId: "running" });
    const waiting = ["first", "second", "third"].map(() => deliver({ correlationId: "waiting" }, true));
    for (let turn = 0; turn < 5; turn++) {
      for (const end of finish.splice(0)) end();
      await settle();
    }
    expect(methods).toHaveLength(2);
    expect(waiting.map(({ settled }) => settled)).toEqual(["accept", "accept", "accept"]);
  });
});

describe("a request that comes twice", () => {
  const id = callId(1);

  /** Runs that end when the test says so. */
  async function running(options: { readonly autoAck?: boolean } = {}) {
    const { handler, ends, counts } = counting();
    return { ...(await serving(handler, options)), ends, counts };
  }

  it.each([false, true])(
    "runs once, is answered once, and both deliveries are settled, marked as redelivered or not: %s",
    async (isMarked) => {
      const { deliver, transport, ends, counts, clock } = await running();
      const deliveries = [deliver({ correlationId: id }), deliver({ correlationId: id }, isMarked)];
      ends[0]?.();
      await settle();
      expect(counts.begun).toBe(1);
      expect(transport.replies).toHaveLength(1);
      expect(deliveries.map(({ settled }) => settled)).toEqual(["accept", "accept"]);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("runs once if the other one comes while its answer is on its way", async () => {
    const { deliver, transport, ends, counts } = await running();
    transport.holdReplies = true;
    const first = deliver({ correlationId: id });
    ends[0]?.();
    await settle();
    const second = deliver({ correlationId: id });
    expect([first.settled, second.settled]).toEqual([undefined, undefined]);
    transport.last.outcome({ kind: "accepted" });
    expect([first.settled, second.settled, counts.begun]).toEqual(["accept", "accept", 1]);
  });

  it("with autoAck runs once, and both deliveries are settled at once", async () => {
    const { deliver, counts } = await running({ autoAck: true });
    const deliveries = [deliver({ correlationId: id }), deliver({ correlationId: id })];
    expect(deliveries.map(({ settled }) => settled)).toEqual(["accept", "accept"]);
    expect(counts.begun).toBe(1);
  });

  it("is given back in both deliveries when the server closes", async () => {
    const { deliver, server } = await running();
    const deliveries = [deliver({ correlationId: id }), deliver({ correlationId: id })];
    await server.close();
    expect(deliveries.map(({ settled }) => settled)).toEqual(["release", "release"]);
  });

  it("is two requests if its id may be used again", async () => {
    const { deliver, counts } = await running();
    deliver({ correlationId: "1" });
    deliver({ correlationId: "1" });
    expect(counts.begun).toBe(2);
  });

  it("does not run twice at a time where both wait for a slot", async () => {
    const { handler, ends, counts } = counting();
    const { deliver } = await serving(handler, { maxInFlight: 2 });
    deliver({ correlationId: callId(8) });
    deliver({ correlationId: callId(9) });
    const deliveries = [deliver({ correlationId: id }), deliver({ correlationId: id })];
    ends[0]?.();
    ends[1]?.();
    await settle();
    expect(counts).toMatchObject({ running: 1, begun: 3 });
    ends[2]?.();
    await settle();
    expect(deliveries.map(({ settled }) => settled)).toEqual(["accept", "accept"]);
  });
});

describe("a call that is given up", () => {
  const id = callId(1);
  const answers = (value: unknown) => Promise.resolve(value);

  /** A handler that ends when its signal is aborted, as it should; and what has come of it. */
  async function waiting(options: Parameters<typeof serving>[1] = {}) {
    const signals: AbortSignal[] = [];
    const setup = await serving(({ signal }) => {
      signals.push(signal);
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve("late")));
    }, options);
    return { ...setup, signals };
  }

  const cancellations = ({ events }: Pick<Scripted, "events">): unknown[] =>
    events.filter(({ name }) => name === "cancelled").map(({ event }) => event);

  it("while it runs: its handler is told, its slot is free, and nobody is answered", async () => {
    const setup = await waiting({ maxInFlight: 1 });
    const { deliver, giveUp, signals, transport, events, clock } = setup;
    const delivery = deliver({ correlationId: id, ttlMs: 1_000 });
    const next = deliver({ correlationId: callId(2) });
    expect(signals[0]?.aborted).toBe(false);
    giveUp(id);
    expect([signals[0]?.aborted, signals.length]).toEqual([true, 2]);
    expect([delivery.settled, next.settled]).toEqual(["accept", undefined]);
    await settle();
    expect(transport.replies).toEqual([]);
    expect(cancellations(setup)).toMatchObject([{ service: "S", correlationId: id, call: { method: "m" } }]);
    expect(events.filter(({ name }) => name === "outgoing")).toMatchObject([
      { event: { response: { statusCode: 499 } } },
    ]);
    // Of the next one, which has no deadline of its own.
    expect(clock.timerCount).toBe(1);
    giveUp(callId(2));
    expect(clock.timerCount).toBe(0);
  });

  it("while it waits for a slot: it never runs, and those behind it do", async () => {
    const setup = await waiting({ maxInFlight: 1 });
    const { deliver, giveUp, signals, transport } = setup;
    deliver({ correlationId: callId(7) });
    const [dropped, next] = [deliver({ correlationId: id }), deliver({ correlationId: callId(2) })];
    giveUp(id);
    expect(dropped.settled).toBe("accept");
    giveUp(callId(7));
    expect(signals).toHaveLength(2);
    giveUp(callId(2));
    expect(next.settled).toBe("accept");
    expect(cancellations(setup)).toMatchObject([
      { correlationId: id, call: undefined },
      { correlationId: callId(7), call: { method: "m" } },
      { correlationId: callId(2), call: { method: "m" } },
    ]);
    await settle();
    expect(transport.replies).toEqual([]);
  });

  it("while it waits for a slot in two deliveries: neither runs", async () => {
    const { deliver, giveUp, signals } = await waiting({ maxInFlight: 1 });
    deliver({ correlationId: callId(7) });
    const deliveries = [deliver({ correlationId: id }), deliver({ correlationId: id })];
    giveUp(id);
    giveUp(callId(7));
    expect(deliveries.map(({ settled }) => settled)).toEqual(["accept", "accept"]);
    expect(signals).toHaveLength(1);
  });

  it("before its request has come: it is dropped when it comes, once", async () => {
    const setup = await waiting();
    const { deliver, giveUp, signals } = setup;
    giveUp(id);
    expect(cancellations(setup)).toEqual([]);
    const delivery = deliver({ correlationId: id });
    expect([delivery.settled, signals]).toEqual(["accept", []]);
    expect(cancellations(setup)).toEqual([{ service: "S", correlationId: id, call: undefined }]);
    // Other calls are none of its business.
    deliver({ correlationId: callId(2) });
    expect(signals).toHaveLength(1);
  });

  it("of a peer of version 1 goes on, wherever it is: its id may be another call's, too", async () => {
    const setup = await waiting({ maxInFlight: 1 });
    const { deliver, giveUp, signals } = setup;
    deliver({ correlationId: "1" });
    const next = deliver({ correlationId: "2" });
    for (const each of ["1", "2", "3", undefined, ""]) giveUp(each);
    expect([signals[0]?.aborted, next.settled]).toEqual([false, undefined]);
    expect(cancellations(setup)).toEqual([]);
    const { server, deliver: deliverTo, giveUp: giveUpThere } = await serving(() => answers(1));
    giveUpThere("3");
    const third = deliverTo({ correlationId: "3" });
    await settle();
    expect(third.settled).toBe("accept");
    await server.close();
  });

  it("in both of its deliveries is settled in both", async () => {
    const { deliver, giveUp } = await waiting();
    const deliveries = [deliver({ correlationId: id }), deliver({ correlationId: id }, true)];
    giveUp(id);
    expect(deliveries.map(({ settled }) => settled)).toEqual(["accept", "accept"]);
  });

  it("twice is told once", async () => {
    const setup = await waiting();
    setup.deliver({ correlationId: id });
    setup.giveUp(id);
    setup.giveUp(id);
    expect(cancellations(setup)).toHaveLength(1);
  });

  it("when its answer is on its way is answered: it is done", async () => {
    const setup = await serving(() => "answer");
    const { deliver, giveUp, transport } = setup;
    transport.holdReplies = true;
    const delivery = deliver({ correlationId: id });
    giveUp(id);
    expect(delivery.settled).toBeUndefined();
    transport.last.outcome({ kind: "accepted" });
    expect(delivery.settled).toBe("accept");
    expect(cancellations(setup)).toEqual([]);
  });

  it("while an extension decodes it never reaches its handler", async () => {
    let decode: () => void = () => {};
    const handler = vi.fn();
    const slow: Extension = {
      name: "slow",
      apiVersion: 1,
      server: {
        wire: {
          incoming: (message: Message) =>
            new Promise((resolve) => {
              decode = () => resolve(message);
            }),
        },
      },
    };
    const setup = await serving(handler, { extensions: [slow] });
    const delivery = setup.deliver({ correlationId: id, ttlMs: 1_000 });
    setup.giveUp(id);
    decode();
    await settle();
    expect(handler).not.toHaveBeenCalled();
    expect(delivery.settled).toBe("accept");
    expect(cancellations(setup)).toEqual([{ service: "S", correlationId: id, call: undefined }]);
    expect([setup.transport.replies, setup.clock.timerCount]).toEqual([[], 0]);
  });

  it("is remembered as one of the last 10,000, and not of many more", async () => {
    const { deliver, giveUp, signals } = await waiting();
    for (let n = 1; n <= 30_000; n++) giveUp(callId(n));
    expect(deliver({ correlationId: callId(1) }).settled).toBeUndefined();
    expect(deliver({ correlationId: callId(20_001) }).settled).toBe("accept");
    expect(signals).toHaveLength(1);
  });

  it("is not heard of where the server may not hear: it says so, and serves all the same", async () => {
    const { server, transport, events, deliver } = scripted();
    transport.subscribeError = new RpcError("Config", "no permission to bind");
    server.register("m", () => "answer");
    await server.listen();
    expect(events).toMatchObject([
      { name: "degraded", event: { transport: "scripted", reason: transport.subscribeError } },
    ]);
    deliver();
    expect(transport.last.json).toBe("answer");
    await server.close();
  });

  it("is not heard of where the transport has no topics, without a word", async () => {
    const { server, transport, events } = scripted();
    transport.features = { ...transport.features, topics: false };
    await server.listen();
    expect([[...transport.subscribers.keys()], events]).toEqual([[], []]);
    await server.close();
  });

  it("is not heard of by a server that has closed", async () => {
    const { server, transport } = await waiting();
    expect([...transport.subscribers.keys()]).toEqual(["porthos.cancel.S"]);
    await server.close();
    expect([...transport.subscribers.keys()]).toEqual([]);
  });
});
