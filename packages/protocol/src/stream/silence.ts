import type { Clock } from "../clock.js";
import { type DeadlineWheel, Timed } from "../deadline-wheel.js";

/** So many looks in a row without a sign of life. */
const LOOKS = 3;
/** A peer may take longer than that for no bad reason (a collection of garbage, a slow network). */
const MIN_SILENCE_MS = 1_000;

/**
 * Notices that the peer has fallen silent: it looks at an interval whether anything has come since the last look, and
 * after three looks in vain tells so, once: after three to four intervals, and never within one second. It
 * counts looks, not time, because a process that was itself suspended, or busy, must not blame the peer for that.
 * Has no timer of its own.
 */
export class Silence extends Timed {
  readonly #clock: Clock;
  readonly #wheel: DeadlineWheel;
  readonly #intervalMs: number;
  readonly #onSilence: () => void;
  #hasHeard = false;
  #missed = 0;
  #isStopped = true;

  /**
   * @param intervalMs at which the peer says that it lives; looks are at least a third of a second apart
   * @param onSilence called once. Must not throw.
   */
  constructor(clock: Clock, wheel: DeadlineWheel, intervalMs: number, onSilence: () => void) {
    super();
    this.#clock = clock;
    this.#wheel = wheel;
    this.#intervalMs = Math.max(MIN_SILENCE_MS / LOOKS, intervalMs);
    this.#onSilence = onSilence;
  }

  /** From now on. */
  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#schedule();
  }

  /** Something has come from the peer, whatever it was. */
  heard(): void {
    this.#hasHeard = true;
  }

  stop(): void {
    this.#isStopped = true;
    this.#wheel.remove(this);
  }

  /** @internal */
  onDeadline(): void {
    this.#missed = this.#hasHeard ? 0 : this.#missed + 1;
    this.#hasHeard = false;
    if (this.#missed < LOOKS) {
      this.#schedule();
      return;
    }
    this.#isStopped = true;
    this.#onSilence();
  }

  #schedule(): void {
    this.#wheel.add(this, this.#clock.now() + this.#intervalMs);
  }
}
