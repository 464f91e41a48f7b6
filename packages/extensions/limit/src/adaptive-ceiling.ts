/** Each cut leaves so much. */
const CUT = 0.8;

/** Not more often is it cut: what waits already has its age, whatever is done. */
const MIN_PAUSE_MS = 100;

/**
 * How many may run at a time, by how long requests waited (additive increase, multiplicative decrease): a request that waited for too long cuts it
 * by a fifth, once within the time that was waited for; as many young ones as run at a time raise it by one, while it is used.
 */
export class AdaptiveCeiling {
  readonly #least: number;
  readonly #most: number;
  readonly #targetAgeMs: number;
  #ceiling: number;
  #cutAtMs = Number.NEGATIVE_INFINITY;

  /** It begins with `most`. */
  constructor(least: number, most: number, targetAgeMs: number) {
    this.#least = least;
    this.#most = most;
    this.#targetAgeMs = targetAgeMs;
    this.#ceiling = most;
  }

  get value(): number {
    return Math.floor(this.#ceiling);
  }

  /** A request has come up. @param running how many run now */
  observe(ageMs: number, running: number, nowMs: number): void {
    if (ageMs > this.#targetAgeMs) {
      if (nowMs - this.#cutAtMs < Math.max(MIN_PAUSE_MS, this.#targetAgeMs)) return;
      this.#cutAtMs = nowMs;
      this.#ceiling = Math.max(this.#least, this.#ceiling * CUT);
    } else if (running * 2 >= this.#ceiling) {
      this.#ceiling = Math.min(this.#most, this.#ceiling + 1 / this.#ceiling);
    }
  }
}
