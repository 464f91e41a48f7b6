import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeadlineWheel } from "../deadline-wheel.js";
import type { MaybePromise } from "../extension.js";
import { ManualClock } from "../manual-clock.js";
import type { Message } from "../message.js";
import { ByteBudget } from "./byte-budget.js";
import { FrameLane } from "./frame-lane.js";
import { frameMessage } from "./frames.js";

function frame(seq: number, bytes = 1): Message {
  const body = new Uint8Array(bytes).fill(seq);
  return frameMessage(
    { kind: "item", seq, count: 1, body, contentType: undefined },
    { correlationId: "call", replyTo: undefined, ttlMs: undefined },
  );
}

/** A wrap that waits for the test: `made[n]` says what the n-th frame becomes. */
function waiting() {
  const made: { resolve(message: Message): void; reject(error: unknown): void }[] = [];
  const change = (): Promise<Message> => new Promise((resolve, reject) => made.push({ resolve, reject }));
  return { made, change };
}

function setup(
  change: (message: Message) => MaybePromise<Message>,
  limits: { readonly window?: number; readonly budget?: ByteBudget } = {},
) {
  const clock = new ManualClock();
  const out: string[] = [];
  const faults: unknown[] = [];
  const lane = new FrameLane<string>({
    clock,
    wheel: new DeadlineWheel(clock),
    change,
    ...limits,
    onChanged: ({ body }, tag) => out.push(`${tag}:${body[0]}`),
    onFault: (error) => faults.push(error),
  });
  const push = (seq: number): boolean => lane.push(frame(seq), String(seq));
  return { clock, lane, out, faults, push };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await undefined;
}

describe("frames that extensions change at once", () => {
  it("go on at once, with whatever came with them", () => {
    const { push, out, lane, clock } = setup((message) => message);
    push(1);
    push(2);
    expect([out, lane.isBusy, clock.timerCount]).toEqual([["1:1", "2:2"], false, 0]);
  });

  it("stay in order when taking one brings the next, and so do those that the extension itself brings about", () => {
    const lanes: FrameLane<string>[] = [];
    const push = (seq: number): void => void lanes[0]?.push(frame(seq), String(seq));
    const made = setup((message) => {
      if (message.body[0] === 1) push(2);
      return message;
    });
    lanes.push(made.lane);
    push(1);
    expect(made.out).toEqual(["1:1", "2:2"]);
  });
});

describe("frames that extensions hold", () => {
  it("are handed to them one after the other, and stay in order", async () => {
    const { made, change } = waiting();
    const { push, out, lane } = setup((message) => (message.body[0] === 2 ? message : change()));
    for (const seq of [1, 2, 3]) push(seq);
    expect([made.length, out, lane.isBusy]).toEqual([1, [], true]);
    made[0]?.resolve(frame(10));
    await settle();
    expect([made.length, out]).toEqual([2, ["1:10", "2:2"]]);
    made[1]?.resolve(frame(30));
    await settle();
    expect([out, lane.isBusy]).toEqual([["1:10", "2:2", "3:30"], false]);
  });

  it("leave no timer when they have gone on", async () => {
    const { push, out, clock } = setup(async (message) => message);
    push(1);
    await settle();
    expect([out, clock.timerCount]).toEqual([["1:1"], 0]);
  });

  it("for longer than 5 s are a fault; those behind them are dropped, and later ones may go on", async () => {
    const { made, change } = waiting();
    const { push, out, faults, clock } = setup(change);
    push(1);
    push(2);
    clock.advance(4_990);
    await settle();
    expect(faults).toEqual([]);
    clock.advance(20);
    await settle();
    expect(faults).toMatchObject([
      { code: "Timeout", executed: "maybe", message: "an extension held a frame for longer than 5000 ms" },
    ]);
    made[0]?.resolve(frame(1));
    push(3);
    made[1]?.resolve(frame(3));
    await settle();
    expect([out, faults.length, clock.timerCount]).toEqual([["3:3"], 1, 0]);
  });

  it("wait within their window, their bytes and 64 more; one too many is not taken", async () => {
    const { made, change } = waiting();
    const budget = new ByteBudget(67);
    const { push, lane } = setup(change, { window: 2, budget });
    // The first one does not wait: an extension has it.
    for (let i = 0; i < 67; i++) expect(push(i)).toBe(true);
    expect([push(99), budget.held]).toEqual([false, 66]);
    made[0]?.resolve(frame(0));
    await settle();
    expect([lane.push(frame(1, 3), "3 bytes"), budget.held]).toEqual([false, 65]);
    expect([lane.push(frame(1, 2), "2 bytes"), budget.held]).toEqual([true, 67]);
    lane.close();
    expect(budget.held).toBe(0);
  });
});

it("frames stay in order whichever of them extensions hold, and for however long", async () => {
  const frames = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(frames, async (turns) => {
      let atOnce = 0;
      const { push, out, lane } = setup(async (message) => {
        expect(atOnce++).toBe(0);
        for (let turn = turns[message.body[0] as number] as number; turn > 0; turn--) await undefined;
        atOnce--;
        return message;
      });
      for (const [seq, pause] of turns.entries()) {
        push(seq);
        if (pause % 2 === 0) await undefined;
      }
      await new Promise<void>((resolve) => lane.whenIdle(resolve));
      expect(out).toEqual(turns.map((_, seq) => `${seq}:${seq}`));
    }),
  );
});

describe("a frame that cannot be changed", () => {
  const broken = new Error("broken");
  it.each<[string, (message: Message) => MaybePromise<Message>, unknown]>([
    [
      "an extension throws",
      () => {
        throw broken;
      },
      broken,
    ],
    ["an extension rejects", () => Promise.reject(broken), broken],
    ["it is made nothing", () => undefined as unknown as Message, expect.any(TypeError)],
    ["it is made nothing, later", async () => undefined as unknown as Message, expect.any(TypeError)],
  ])("since %s is a fault, once", async (_, change, fault) => {
    const { push, out, faults, lane, clock } = setup(change);
    push(1);
    await settle();
    expect([out, faults, lane.isBusy, clock.timerCount]).toEqual([[], [fault], false, 0]);
  });
});

describe("who waits for a lane to be empty", () => {
  it("is told at once if it is, else when the last frame has gone on", async () => {
    const { made, change } = waiting();
    const { push, lane, out } = setup(change);
    const told: string[] = [];
    lane.whenIdle(() => told.push("empty"));
    push(1);
    push(2);
    lane.whenIdle(() => told.push(`after ${out.join()}`));
    expect(lane.whenIdle(() => told.push("a second one"))).toBe(false);
    made[0]?.resolve(frame(1));
    await settle();
    expect(told).toEqual(["empty"]);
    made[1]?.resolve(frame(2));
    await settle();
    expect(told).toEqual(["empty", "after 1:1,2:2"]);
  });

  it("is told when it is closed, and when a frame of it is at fault", async () => {
    const told: string[] = [];
    const closed = setup(waiting().change);
    closed.push(1);
    closed.lane.whenIdle(() => told.push("closed"));
    closed.lane.close();
    const faulty = setup(() => Promise.reject(new Error("broken")));
    faulty.push(1);
    faulty.lane.whenIdle(() => told.push(`${faulty.faults.length} fault`));
    await settle();
    expect(told).toEqual(["closed", "1 fault"]);
  });
});

describe("a lane that is closed", () => {
  it("lets nothing through any more, and leaves no timer", async () => {
    const { made, change } = waiting();
    const { push, lane, out, faults, clock } = setup(change);
    push(1);
    push(2);
    lane.close();
    expect(push(3)).toBe(true);
    made[0]?.reject(new Error("broken"));
    await settle();
    expect([out, faults, clock.timerCount, made.length]).toEqual([[], [], 0, 1]);
  });

  it("by the extension that is about to hold a frame forgets that frame, too", async () => {
    const lanes: { close(): void }[] = [];
    const made = setup(async (message) => {
      lanes[0]?.close();
      return message;
    });
    lanes.push(made.lane);
    made.push(1);
    await settle();
    expect([made.out, made.lane.isBusy, made.clock.timerCount]).toEqual([[], false, 0]);
  });
});
