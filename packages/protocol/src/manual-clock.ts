import type { Clock } from "./clock.js";

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0;
  /** 2026-01-01T00:00Z: a figure as long as a real one. */
  #startMs = 1_767_225_600_000;
  #timers = new Set<Timer>();
  #waiting: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  epochMs(): number {
    return this.#startMs + this.#now;
  }

  /** Sets the wall clock, as an administrator would: no timer notices. */
  setEpochMs(epochMs: number): void {
    this.#startMs = epochMs - this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#now + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  later(callback: () => void): void {
    this.#waiting.push(callback);
  }

  /** How many timers are set: 0 at the end of every test that should leave none. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** How many callbacks wait for the next turn. */
  get laterCount(): number {
    return this.#waiting.length;
  }

  /** When the next timer is due, in milliseconds from now; undefined = none is set. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.dueMs - this.#now;
  }

  /**
   * Goes on by so many milliseconds, running what falls due in its order. One turn at least begins: what waits for a
   * later turn runs first, and again after each timer; `advance(0)` is one turn.
   */
  advance(ms: number): void {
    const until = this.#now + ms;
    this.#turn();
    for (let timer = this.#next(); timer !== undefined && timer.dueMs <= until; timer = this.#next()) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.dueMs);
      timer.callback();
      this.#turn();
    }
    this.#now = until;
  }

  /** Leaves what is added meanwhile to the next one. */
  #turn(): void {
    const callbacks = this.#waiting;
    if (callbacks.length === 0) return;
    this.#waiting = [];
    for (const callback of callbacks) callback();
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    return next;
  }
}
