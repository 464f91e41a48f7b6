import { describe, expect, it } from "vitest";
import { ManualClock } from "./manual-clock.js";
import { PendingCall, PendingCalls } from "./pending-calls.js";

/** As whoever uses the table should write it: the deadline drops the call, and whoever drops it settles it. */
class Call extends PendingCall {
  readonly ends: string[] = [];
  readonly #calls: PendingCalls<Call>;

  constructor(calls: PendingCalls<Call>) {
    super();
    this.#calls = calls;
  }

  onDeadline(): void {
    this.end("deadline");
  }

  end(how: string): void {
    if (this.#calls.drop(this)) this.ends.push(how);
  }

  static added(calls: PendingCalls<Call>, timeoutMs = 1_000): Call {
    const call = new Call(calls);
    calls.add(call, timeoutMs);
    return call;
  }
}

function setup(): { clock: ManualClock; calls: PendingCalls<Call> } {
  const clock = new ManualClock();
  return { clock, calls: new PendingCalls<Call>(clock) };
}

describe("PendingCalls", () => {
  it("does not take one call for another that goes on with its id", () => {
    const { clock, calls } = setup();
    const first = Call.added(calls);
    first.end("lost");
    const second = new Call(calls);
    second.id = first.id;
    calls.add(second, 1_000);
    expect([calls.has(first), calls.has(second)]).toEqual([false, true]);
    first.end("lost again");
    calls.extend(first, undefined);
    clock.advance(1_010);
    expect([first.ends, second.ends]).toEqual([["lost"], ["deadline"]]);
    expect([calls.size, clock.timerCount]).toEqual([0, 0]);
  });

  it("gives a reply's id back the call that was added, once", () => {
    const { clock, calls } = setup();
    const call = Call.added(calls);
    expect(calls.has(call)).toBe(true);
    expect(calls.take(call.id)).toBe(call);
    expect(calls.has(call)).toBe(false);
    expect(calls.take(call.id)).toBeUndefined();
    expect(calls.size).toBe(0);
    expect(clock.timerCount).toBe(0);
  });

  it("shows a call to whoever asks for its id, and keeps it", () => {
    const { clock, calls } = setup();
    const call = Call.added(calls, 100);
    expect(calls.get(call.id)).toBe(call);
    expect(calls.get(call.id)).toBe(call);
    expect(calls.has(call)).toBe(true);
    expect([calls.get(undefined), calls.get(""), calls.get(`${call.id}0`)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    calls.take(call.id);
    expect(calls.get(call.id)).toBeUndefined();
    expect(clock.timerCount).toBe(0);
  });

  it("brings each of 10,000 shuffled replies to its own call", () => {
    const { clock, calls } = setup();
    const pending = Array.from({ length: 10_000 }, () => Call.added(calls));
    const shuffled = pending.map((call, i) => ({ call, id: call.id, key: (i * 7_919) % 10_000 }));
    shuffled.sort((a, b) => a.key - b.key);
    for (const { call, id } of shuffled) expect(calls.take(id)).toBe(call);
    expect(calls.size).toBe(0);
    expect(clock.timerCount).toBe(0);
  });

  it("ends a call at its deadline, once, and a later reply does not find it", () => {
    const { clock, calls } = setup();
    const call = Call.added(calls, 100);
    expect(call.deadlineMs).toBe(100);
    clock.advance(99);
    expect(call.ends).toEqual([]);
    clock.advance(1_000);
    expect(call.ends).toEqual(["deadline"]);
    expect(calls.take(call.id)).toBeUndefined();
    expect(clock.timerCount).toBe(0);
  });

  it("does not bring a call's deadline to one that has its reply", () => {
    const { clock, calls } = setup();
    const call = Call.added(calls, 100);
    calls.take(call.id);
    clock.advance(1_000);
    expect(call.ends).toEqual([]);
    expect(calls.drop(call)).toBe(false);
  });

  it("lets only the first of several who give up on a call settle it", () => {
    const { clock, calls } = setup();
    const call = Call.added(calls);
    call.end("cancelled");
    call.end("closed");
    clock.advance(10_000);
    expect(call.ends).toEqual(["cancelled"]);
  });

  it("calls a reply after its call's end late", () => {
    const { clock, calls } = setup();
    const timedOut = Call.added(calls, 100);
    const cancelled = Call.added(calls);
    cancelled.end("cancelled");
    clock.advance(200);
    expect(calls.classify(timedOut.id)).toBe("late");
    expect(calls.classify(cancelled.id)).toBe("late");
  });

  it("calls a second reply a duplicate", () => {
    const { calls } = setup();
    const call = Call.added(calls);
    calls.take(call.id);
    expect(calls.classify(call.id)).toBe("duplicate");
  });

  it.each([
    ["none", () => undefined],
    ["an empty one", () => ""],
    ["a stranger's", () => "1"],
    ["one of another table", () => Call.added(new PendingCalls<Call>(new ManualClock())).id],
    ["one that was never given", (id: string) => id.replace(/\.1\./, ".zz.")],
    ["one with nothing between the dots", (id: string) => id.replace(/\.1\./, "..")],
    ["one with a negative number", (id: string) => id.replace(/\.1\./, ".-1.")],
    ["one with something else between the dots", (id: string) => id.replace(/\.1\./, ".ü.")],
    ["an endless one", (id: string) => id + "z".repeat(10_000)],
  ])("calls a reply unmatched whose id is %s", (_, from: (id: string) => string | undefined) => {
    const { calls } = setup();
    const id = from(Call.added(calls).id);
    expect(calls.take(id)).toBeUndefined();
    expect(calls.classify(id)).toBe("unmatched");
  });

  it("gives ids that nobody can guess: 128 random bits, others in each table, and 53 of their own", () => {
    const ids = Array.from({ length: 100 }, () => Call.added(setup().calls).id);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}\.1\.[0-9a-z]+\.[0-9a-z]{11}$/);
    expect(new Set(ids).size).toBe(100);
  });

  it("takes no reply for an id that was made up of another one of the same table", () => {
    const { calls } = setup();
    const [seen, other] = [Call.added(calls), Call.added(calls)];
    const [, , deadline, tag] = seen.id.split(".");
    const [caller, number] = other.id.split(".");
    const madeUp = `${caller}.${number}.${deadline}.${tag}`;
    expect(calls.take(madeUp)).toBeUndefined();
    expect(calls.get(madeUp)).toBeUndefined();
    expect(calls.classify(madeUp)).toBe("duplicate");
    expect(calls.take(other.id)).toBe(other);
  });

  it("gives no id twice, and none longer than a short string of AMQP", () => {
    const { calls } = setup();
    const ids = new Set<string>();
    for (let i = 0; i < 10_000; i++) {
      const call = Call.added(calls);
      ids.add(call.id);
      calls.take(call.id);
    }
    expect(ids.size).toBe(10_000);
    expect(Math.max(...[...ids].map((id) => id.length))).toBeLessThan(64);
  });

  it("remembers the last 10,000 calls that ended without their reply, and not many more", () => {
    const { clock, calls } = setup();
    const ids: string[] = [];
    for (let i = 0; i < 45_000; i++) {
      const call = Call.added(calls);
      ids.push(call.id);
      call.end("cancelled");
    }
    const late = ids.map((id) => calls.classify(id) === "late");
    expect(late.slice(-10_000).every(Boolean)).toBe(true);
    expect(late.filter(Boolean).length).toBeLessThanOrEqual(20_000);
    expect(calls.size).toBe(0);
    expect(clock.timerCount).toBe(0);
  });

  it("keeps nothing of a call that was answered", async () => {
    const { calls } = setup();
    const answered = (): WeakRef<Call> => {
      const call = Call.added(calls);
      calls.take(call.id);
      return new WeakRef(call);
    };
    const references = Array.from({ length: 10 }, answered);
    await collectGarbage();
    expect(references.filter((reference) => reference.deref() !== undefined)).toEqual([]);
  });

  it("lists the calls that are pending, whatever happens to them while somebody goes through the list", () => {
    const { calls } = setup();
    const pending = [Call.added(calls), Call.added(calls), Call.added(calls)];
    const seen: Call[] = [];
    for (const call of calls.snapshot()) {
      seen.push(call);
      for (const other of pending) other.end("closed");
      Call.added(calls);
    }
    expect(seen).toEqual(pending);
    expect(calls.size).toBe(3);
  });

  it("allows a deadline's listener to begin and end other calls", () => {
    const { clock, calls } = setup();
    const other = Call.added(calls, 100);
    class Busy extends Call {
      override onDeadline(): void {
        super.onDeadline();
        other.end("by a neighbour");
        Call.added(calls, 50);
      }
    }
    calls.add(new Busy(calls), 100);
    clock.advance(120);
    expect(other.ends).toHaveLength(1);
    expect(calls.size).toBe(1);
    clock.advance(100);
    expect(calls.size).toBe(0);
    expect(clock.timerCount).toBe(0);
  });
});

describe("a call that lingers after its deadline", () => {
  /** One that its deadline does not end at once. */
  class Lingering extends Call {
    deadlines = 0;
    readonly #calls: PendingCalls<Call>;

    constructor(calls: PendingCalls<Call>) {
      super(calls);
      this.#calls = calls;
    }

    override onDeadline(): void {
      if (++this.deadlines === 1) this.#calls.linger(this, 100);
      else super.onDeadline();
    }
  }

  function lingering() {
    const { clock, calls } = setup();
    const call = new Lingering(calls);
    calls.add(call, 1_000);
    clock.advance(1_000);
    return { clock, calls, call };
  }

  it("is pending for so much longer, and hears of it once more, while its deadline stays what it was", () => {
    const { clock, calls, call } = lingering();
    expect([call.deadlines, call.deadlineMs, calls.has(call)]).toEqual([1, 1_000, true]);
    clock.advance(99);
    expect(call.deadlines).toBe(1);
    clock.advance(1);
    expect(call.ends).toEqual(["deadline"]);
    clock.advance(10_000);
    expect([call.deadlines, call.ends, clock.timerCount]).toEqual([2, ["deadline"], 0]);
  });

  it("is brought its reply if that comes in time", () => {
    const { clock, calls, call } = lingering();
    expect(calls.take(call.id)).toBe(call);
    clock.advance(10_000);
    expect([call.deadlines, call.ends, clock.timerCount]).toEqual([1, [], 0]);
  });

  it("can be given up", () => {
    const { clock, call } = lingering();
    call.end("cancelled");
    clock.advance(10_000);
    expect([call.ends, clock.timerCount]).toEqual([["cancelled"], 0]);
  });
});

describe("a deadline that is moved", () => {
  it.each([50, 5_000])("counts instead of the first one: %i ms", (dueMs) => {
    const { clock, calls } = setup();
    const call = Call.added(calls, 100);
    calls.extend(call, dueMs);
    expect(call.deadlineMs).toBe(dueMs);
    clock.advance(dueMs - 1);
    expect(call.ends).toEqual([]);
    clock.advance(10);
    expect(call.ends).toEqual(["deadline"]);
    clock.advance(10_000);
    expect([call.ends, clock.timerCount]).toEqual([["deadline"], 0]);
  });

  it("to never leaves the call waiting, without a timer, until it is answered", () => {
    const { clock, calls } = setup();
    const call = Call.added(calls, 100);
    calls.extend(call, undefined);
    expect([call.deadlineMs, clock.timerCount]).toEqual([Number.POSITIVE_INFINITY, 0]);
    clock.advance(3_600_000);
    expect(call.ends).toEqual([]);
    calls.extend(call, clock.now() + 100);
    clock.advance(100);
    expect(call.ends).toEqual(["deadline"]);
  });

  it("is not brought back to a call that has ended", () => {
    const { clock, calls } = setup();
    const answered = Call.added(calls, 100);
    const cancelled = Call.added(calls, 100);
    calls.take(answered.id);
    cancelled.end("cancelled");
    for (const call of [answered, cancelled]) calls.extend(call, 200);
    expect(clock.timerCount).toBe(0);
    clock.advance(1_000);
    expect([answered.ends, cancelled.ends]).toEqual([[], ["cancelled"]]);
  });
});

/** Without --expose-gc: V8 can be told to expose it later. */
async function collectGarbage(): Promise<void> {
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([
    import("node:v8"),
    import("node:vm"),
  ]);
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  // A WeakRef keeps its target until the end of the task that made it.
  await new Promise((resolve) => setImmediate(resolve));
  gc();
}
