import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Clock } from "@porthos-rpc/protocol";

const RESOLUTION_MS = 20;
const WINDOW_MS = 5_000;
const NANOSECONDS_PER_MS = 1e6;

/**
 * How late the event loop's timers mostly are. The median, so that one long pause, a collection of garbage say, does not end a process that is
 * well; of the last whole window, or of the current one if that is worse.
 */
export class LoopLag {
  readonly #clock: Clock;
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #lastMs = 0;
  #stopTimer: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(): void {
    this.#delays.enable();
    this.#plan();
  }

  stop(): void {
    this.#delays.disable();
    this.#stopTimer();
  }

  get ms(): number {
    return Math.round(Math.max(this.#lastMs, this.#currentMs));
  }

  /** What is recorded is the time between two ticks. */
  get #currentMs(): number {
    if (this.#delays.count === 0) return 0;
    return Math.max(0, this.#delays.percentile(50) / NANOSECONDS_PER_MS - RESOLUTION_MS);
  }

  #plan(): void {
    this.#stopTimer = this.#clock.after(WINDOW_MS, () => {
      this.#lastMs = this.#currentMs;
      this.#delays.reset();
      this.#plan();
    });
  }
}
