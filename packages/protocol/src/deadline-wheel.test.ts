import { describe, expect, it } from "vitest";
import type { Clock } from "./clock.js";
import { DeadlineWheel, Timed } from "./deadline-wheel.js";
import { ManualClock } from "./manual-clock.js";

/** As `deadline-wheel.ts` has it. */
const TICK_MS = 10;

class Entry extends Timed {
  readonly firedAtMs: number[] = [];
  readonly #clock: Clock;
  readonly #then: () => void;

  constructor(clock: Clock, then: () => void = () => {}) {
    super();
    this.#clock = clock;
    this.#then = then;
  }

  onDeadline(): void {
    this.firedAtMs.push(this.#clock.now());
    this.#then();
  }
}

/** Seeded, so that a failure can be looked at again (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function setup(): { clock: ManualClock; wheel: DeadlineWheel } {
  const clock = new ManualClock();
  return { clock, wheel: new DeadlineWheel(clock) };
}

describe("DeadlineWheel", () => {
  it.each([0.5, 1, 9.99, 10, 10.01, 15, 5_119, 5_120, 5_121, 60_000, 3_600_000])(
    "fires a deadline of %d ms once, never early and at most a tick late",
    (dueMs) => {
      const { clock, wheel } = setup();
      const entry = new Entry(clock);
      wheel.add(entry, dueMs);
      clock.advance(dueMs + 10 * TICK_MS);
      expect(entry.firedAtMs).toHaveLength(1);
      expect(entry.firedAtMs[0]).toBeGreaterThanOrEqual(dueMs);
      expect(entry.firedAtMs[0]).toBeLessThan(dueMs + TICK_MS);
      expect(wheel.size).toBe(0);
      expect(clock.timerCount).toBe(0);
    },
  );

  it("fires each of 100,000 deadlines in time, on one timer", () => {
    const { clock, wheel } = setup();
    const random = randomFrom(1);
    clock.advance(12_345.678);
    const entries = Array.from({ length: 100_000 }, () => {
      const entry = new Entry(clock);
      wheel.add(entry, clock.now() + random() * 30_000);
      return entry;
    });
    expect(clock.timerCount).toBe(1);
    while (wheel.size > 0) {
      clock.advance(random() * 3);
      expect(clock.timerCount).toBeLessThanOrEqual(1);
    }
    const wrong = entries.filter(({ dueMs, firedAtMs: [at = -1, ...more] }) => {
      return more.length > 0 || at < dueMs || at >= dueMs + TICK_MS;
    });
    expect(wrong).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });

  it("fires in time whatever was added and removed before", () => {
    const { clock, wheel } = setup();
    const random = randomFrom(2);
    const live = new Set<Entry>();
    const removed: Entry[] = [];
    const fired: Entry[] = [];
    for (let step = 0; step < 20_000; step++) {
      if (random() < 0.5) {
        const entry: Entry = new Entry(clock, () => {
          live.delete(entry);
          fired.push(entry);
        });
        live.add(entry);
        wheel.add(entry, clock.now() + random() ** 4 * 20_000);
      } else if (random() < 0.3) {
        const [entry] = live;
        if (entry !== undefined) {
          wheel.remove(entry);
          live.delete(entry);
          removed.push(entry);
        }
      }
      clock.advance(random() * 5);
      expect(wheel.size).toBe(live.size);
    }
    expect(removed.filter(({ firedAtMs }) => firedAtMs.length > 0)).toEqual([]);
    expect(fired.filter(({ dueMs, firedAtMs: [at = -1] }) => at < dueMs || at >= dueMs + TICK_MS)).toEqual(
      [],
    );
    expect([...live].filter(({ dueMs }) => dueMs + TICK_MS <= clock.now())).toEqual([]);
  });

  it("fires what fell due during a long block of the event loop, and nothing else", () => {
    const clock = new SlowClock();
    const wheel = new DeadlineWheel(clock);
    const due = [5, 400, 5_120, 9_999, 60_000].map((dueMs) => {
      const entry = new Entry(clock);
      wheel.add(entry, dueMs);
      return entry;
    });
    const later = new Entry(clock);
    wheel.add(later, 3_600_010);
    clock.jump(3_600_000);
    expect(due.map(({ firedAtMs }) => firedAtMs)).toEqual(due.map(() => [3_600_000]));
    expect(later.firedAtMs).toEqual([]);
    clock.jump(20);
    expect(later.firedAtMs).toEqual([3_600_020]);
  });

  it("fires all that fell due during a block longer than a turn of the wheel", () => {
    const clock = new SlowClock();
    const wheel = new DeadlineWheel(clock);
    const entries = Array.from({ length: 1_024 }, (_, i) => {
      const entry = new Entry(clock);
      wheel.add(entry, (i + 1) * TICK_MS);
      return entry;
    });
    clock.jump(20_000);
    expect(entries.filter(({ firedAtMs }) => firedAtMs.length !== 1)).toEqual([]);
    expect(wheel.size).toBe(0);
  });

  it("is not early when a timer is", () => {
    const clock = new SlowClock();
    const wheel = new DeadlineWheel(clock);
    const entry = new Entry(clock);
    wheel.add(entry, 100);
    clock.jump(99.4);
    expect(entry.firedAtMs).toEqual([]);
    clock.jump(0.6);
    expect(entry.firedAtMs).toEqual([100]);
  });

  it("fires what is already due with the next tick, never at once", () => {
    const { clock, wheel } = setup();
    clock.advance(1_000);
    const entry = new Entry(clock);
    wheel.add(entry, 400);
    expect(entry.firedAtMs).toEqual([]);
    clock.advance(TICK_MS);
    expect(entry.firedAtMs).toHaveLength(1);
  });

  it("leaves alone what was removed in time", () => {
    const { clock, wheel } = setup();
    const entry = new Entry(clock);
    wheel.add(entry, 100);
    clock.advance(99);
    wheel.remove(entry);
    wheel.remove(entry);
    clock.advance(1_000);
    expect(entry.firedAtMs).toEqual([]);
    expect(wheel.size).toBe(0);
  });

  it("holds no timer while it is empty", () => {
    const { clock, wheel } = setup();
    expect(clock.timerCount).toBe(0);
    const entries = [new Entry(clock), new Entry(clock)];
    for (const entry of entries) wheel.add(entry, 1_000);
    expect(clock.timerCount).toBe(1);
    for (const entry of entries) wheel.remove(entry);
    expect(clock.timerCount).toBe(0);
  });

  it("works again after it was empty for a long time", () => {
    const { clock, wheel } = setup();
    const first = new Entry(clock);
    wheel.add(first, 10);
    clock.advance(1_000_000);
    const second = new Entry(clock);
    wheel.add(second, clock.now() + 25);
    expect(clock.nextInMs).toBeGreaterThanOrEqual(25);
    clock.advance(24);
    expect(second.firedAtMs).toEqual([]);
    clock.advance(TICK_MS + 1);
    expect(second.firedAtMs).toHaveLength(1);
  });

  it("does not fire an entry that another one of the same tick removes", () => {
    const { clock, wheel } = setup();
    const victims = [new Entry(clock), new Entry(clock), new Entry(clock)];
    const remover = new Entry(clock, () => {
      for (const victim of victims) wheel.remove(victim);
    });
    wheel.add(victims[0] as Entry, 10);
    wheel.add(victims[1] as Entry, 10);
    wheel.add(remover, 10);
    wheel.add(victims[2] as Entry, 20);
    clock.advance(100);
    const fired = victims.filter(({ firedAtMs }) => firedAtMs.length > 0).length;
    expect(remover.firedAtMs).toEqual([10]);
    expect(fired).toBeLessThanOrEqual(1);
    expect(wheel.size).toBe(0);
    expect(clock.timerCount).toBe(0);
  });

  it("fires an entry that another one of the same tick removed and added again at its new deadline", () => {
    const { clock, wheel } = setup();
    const moved = new Entry(clock);
    const mover = (): Entry =>
      new Entry(clock, () => {
        wheel.remove(moved);
        wheel.add(moved, 200);
      });
    wheel.add(mover(), 10);
    wheel.add(moved, 10);
    wheel.add(mover(), 10);
    clock.advance(100);
    expect(moved.firedAtMs).toEqual([]);
    clock.advance(200);
    expect(moved.firedAtMs).toEqual([200]);
  });

  it("takes an entry back that adds itself again when it fires", () => {
    const { clock, wheel } = setup();
    const entry: Entry = new Entry(clock, () => {
      if (entry.firedAtMs.length < 3) wheel.add(entry, clock.now() + 100);
    });
    wheel.add(entry, 100);
    clock.advance(1_000);
    expect(entry.firedAtMs).toEqual([100, 200, 300]);
    expect(clock.timerCount).toBe(0);
  });

  it("does not turn for ever on an entry that is due again at once", () => {
    const { clock, wheel } = setup();
    const entry: Entry = new Entry(clock, () => wheel.add(entry, 0));
    wheel.add(entry, 0);
    clock.advance(100);
    expect(entry.firedAtMs.length).toBeLessThanOrEqual(11);
    wheel.remove(entry);
    expect(clock.timerCount).toBe(0);
  });

  it("an entry that is added by one that fires does not delay those that are due sooner", () => {
    const { clock, wheel } = setup();
    const far = new Entry(clock);
    const sooner = new Entry(clock);
    wheel.add(new Entry(clock, () => wheel.add(far, clock.now() + 4_000)), 10);
    wheel.add(sooner, 50);
    clock.advance(100);
    expect(sooner.firedAtMs).toEqual([50]);
    clock.advance(5_000);
    expect(far.firedAtMs).toEqual([4_010]);
    expect(clock.timerCount).toBe(0);
  });
});

/** A clock whose timers come when somebody lets them, as after a block of the event loop, and then all at once. */
class SlowClock implements Clock {
  #now = 0;
  #timers = new Set<() => void>();

  now(): number {
    return this.#now;
  }

  after(_delayMs: number, callback: () => void): () => void {
    this.#timers.add(callback);
    return () => this.#timers.delete(callback);
  }

  epochMs(): number {
    return this.#now;
  }

  later(callback: () => void): void {
    this.#timers.add(callback);
  }

  jump(ms: number): void {
    this.#now += ms;
    for (const callback of [...this.#timers]) {
      this.#timers.delete(callback);
      callback();
    }
  }
}
