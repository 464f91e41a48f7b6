import type { Clock } from "@porthos-rpc/protocol";

/** A clock whose date is wrong, and may be set at any time; what it measures by is right, as with a real one. */
export class ShiftedClock implements Clock {
  shiftMs: number;
  readonly #clock: Clock;

  constructor(clock: Clock, shiftMs = 0) {
    this.#clock = clock;
    this.shiftMs = shiftMs;
  }

  now(): number {
    return this.#clock.now();
  }

  epochMs(): number {
    return this.#clock.epochMs() + this.shiftMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#clock.after(delayMs, callback);
  }

  later(callback: () => void): void {
    this.#clock.later(callback);
  }
}
