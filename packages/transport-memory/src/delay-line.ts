import type { Clock } from "@porthos-rpc/protocol";
import { Fifo } from "./fifo.js";

/**
 * A way that takes everything the same time: what goes in first comes out first, on one timer. An empty one holds no
 * timer.
 */
export class DelayLine {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #underway = new Fifo<{ readonly dueMs: number; readonly arrive: () => void }>();
  #stopTimer: (() => void) | undefined;

  constructor(clock: Clock, delayMs: number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** @param arrive must not throw */
  post(arrive: () => void): void {
    this.#underway.push({ dueMs: this.#clock.now() + this.#delayMs, arrive });
    if (this.#stopTimer === undefined) this.#wait(this.#delayMs);
  }

  /** Drops what is under way. */
  clear(): void {
    this.#underway.clear();
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #wait(delayMs: number): void {
    this.#stopTimer = this.#clock.after(delayMs, () => {
      this.#stopTimer = undefined;
      this.#arrive();
    });
  }

  #arrive(): void {
    // What is posted by what arrives is due later than now, so the loop ends.
    const now = this.#clock.now();
    let next = this.#underway.peek();
    for (; next !== undefined && next.dueMs <= now; next = this.#underway.peek()) {
      this.#underway.shift();
      next.arrive();
    }
    if (next !== undefined && this.#stopTimer === undefined) this.#wait(Math.max(0, next.dueMs - now));
  }
}
