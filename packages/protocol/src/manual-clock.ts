import type { Clock } from "./clock.js";

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0;
  #timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.#now + Math.max(0, delayMs), callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many timers are set: 0 at the end of every test that should leave none. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** When the next timer is due, in milliseconds from now; undefined = none is set. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.dueMs - this.#now;
  }

  /** Goes on by so many milliseconds, running what falls due in its order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let timer = this.#next(); timer !== undefined && timer.dueMs <= until; timer = this.#next()) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.dueMs);
      timer.callback();
    }
    this.#now = until;
  }

  #next(): { readonly dueMs: number; readonly callback: () => void } | undefined {
    let next: { readonly dueMs: number; readonly callback: () => void } | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.dueMs < next.dueMs) next = timer;
    return next;
  }
}
