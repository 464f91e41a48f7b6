import type { Clock } from "../clock.js";
import { type DeadlineWheel, Timed } from "../deadline-wheel.js";

/** More often than that helps nobody: silence is never noticed within less than four of them (silence.ts). */
const MIN_INTERVAL_MS = 250;

/**
 * Says that this end lives, at an interval, unless something else has been sent since. So at least one message leaves
 * in any two intervals. Has no timer of its own.
 */
export class Beats extends Timed {
  readonly #clock: Clock;
  readonly #wheel: DeadlineWheel;
  readonly #intervalMs: number;
  readonly #beat: () => void;
  #hasSent = false;
  #isStopped = true;

  /**
   * @param intervalMs as the peer has asked for it; 250 if it is less
   * @param beat sends a sign of life. Must not throw.
   */
  constructor(clock: Clock, wheel: DeadlineWheel, intervalMs: number, beat: () => void) {
    super();
    this.#clock = clock;
    this.#wheel = wheel;
    this.#intervalMs = Math.max(MIN_INTERVAL_MS, intervalMs);
    this.#beat = beat;
  }

  /** From now on; the first beat is one interval away. */
  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#schedule();
  }

  /** Something else has been sent to the peer. */
  sent(): void {
    this.#hasSent = true;
  }

  /** No beat comes any more. */
  stop(): void {
    this.#isStopped = true;
    this.#wheel.remove(this);
  }

  /** @internal */
  onDeadline(): void {
    const isNeeded = !this.#hasSent;
    // First, since the beat may be told that the peer is gone, and stop this.
    this.#schedule();
    if (isNeeded) this.#beat();
    // Last, since the message of this beat is no reason to leave out the next one.
    this.#hasSent = false;
  }

  #schedule(): void {
    this.#wheel.add(this, this.#clock.now() + this.#intervalMs);
  }
}
