import { describe, expect, it } from "vitest";
import { oneWay, serving } from "../test/setup.js";
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
      { maxInFlight: 20_000, autoAck: true },
    );
    for (let i = 0; i < 20_000; i++) deliver({ ...oneWay, json: "hold" });
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

  it("replaces its stale delivery where it waits for a slot", async () => {
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
    expect(waiting.map(({ settled }) => settled)).toEqual([undefined, undefined, "accept"]);
  });
});
