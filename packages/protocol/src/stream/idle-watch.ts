import type { Clock } from "../clock.js";
import { type DeadlineWheel, Timed } from "../deadline-wheel.js";

/**
 * How long somebody waits in one go. Its entry stays in the wheel from one wait to the next, so that a wait costs a look
 * at the clock; `stop` takes it out.
 */
export class IdleWatch extends Timed {
  readonly #clock: Clock;
  readonly #wheel: DeadlineWheel;
  readonly #idleMs: number;
  readonly #onIdle: () => void;
  #sinceMs: number | undefined;
  #isInWheel = false;

  /** @param onIdle called once, when a wait has taken `idleMs`, more than 0 */
  constructor(clock: Clock, wheel: DeadlineWheel, idleMs: number, onIdle: () => void) {
    super();
    this.#clock = clock;
    this.#wheel = wheel;
    this.#idleMs = idleMs;
    this.#onIdle = onIdle;
  }

  /** Somebody waits, from now if he did not before. */
  begin(): void {
    this.#sinceMs ??= this.#clock.now();
    if (!this.#isInWheel) this.#add(this.#sinceMs);
  }

  /** Nobody waits. */
  end(): void {
    this.#sinceMs = undefined;
  }

  stop(): void {
    this.#sinceMs = undefined;
    this.#isInWheel = false;
    this.#wheel.remove(this);
  }

  onDeadline(): void {
    this.#isInWheel = false;
    if (this.#sinceMs === undefined) return;
    if (this.#clock.now() >= this.#sinceMs + this.#idleMs) this.#onIdle();
    else this.#add(this.#sinceMs);
  }

  #add(sinceMs: number): void {
    this.#isInWheel = true;
    this.#wheel.add(this, sinceMs + this.#idleMs);
  }
}
