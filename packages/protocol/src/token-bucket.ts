/**
 * So many a second, and so many at once: it holds up to `capacity` tokens, and gets `perSecond` new ones. Without a timer: it counts what has
 * come when it is asked. Of a moment before the last one nothing has come.
 */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #atMs: number;

  /** It begins full. @param perSecond 0: none but those that are added @param capacity at least 1, or nothing is ever given */
  constructor(perSecond: number, capacity: number, nowMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#capacity = capacity;
    this.#tokens = capacity;
    this.#atMs = nowMs;
  }

  /** In how many milliseconds there will be so many tokens; 0: there are. Infinity: never by itself. */
  waitMs(nowMs: number, tokens = 1): number {
    this.#refill(nowMs);
    if (this.#tokens >= tokens) return 0;
    return tokens > this.#capacity ? Number.POSITIVE_INFINITY : (tokens - this.#tokens) / this.#perMs;
  }

  /** Takes so many tokens: 0. If there are fewer it takes none, and says what `waitMs` does. */
  take(nowMs: number, tokens = 1): number {
    const waitMs = this.waitMs(nowMs, tokens);
    if (waitMs === 0) this.#tokens -= tokens;
    return waitMs;
  }

  /** Puts tokens in, or back; what does not fit is lost. */
  add(tokens: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + tokens);
  }

  #refill(nowMs: number): void {
    const elapsedMs = nowMs - this.#atMs;
    if (elapsedMs <= 0) return;
    this.#atMs = nowMs;
    this.add(elapsedMs * this.#perMs);
  }
}
