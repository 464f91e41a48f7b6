import { TokenBucket } from "@porthos-rpc/protocol";

/** In so many milliseconds the whole reserve comes anew. */
const RESERVE_MS = 10_000;

/**
 * How many retries one client may make: a part of its calls, and a small reserve. While all calls fail this is what keeps retries from making
 * an outage worse: a service gets a tenth more of them, and not three times as many.
 */
export class RetryBudget {
  readonly #bucket: TokenBucket;
  readonly #ratio: number;

  /** @param ratio what each call adds @param reserve what it holds at most, and gets every 10 s */
  constructor(ratio: number, reserve: number, nowMs: number) {
    this.#ratio = ratio;
    // What calls add must come to a whole retry even without a reserve.
    this.#bucket = new TokenBucket((reserve * 1_000) / RESERVE_MS, Math.max(1, reserve), nowMs);
    if (reserve === 0) this.#bucket.take(nowMs);
  }

  /** A call is made for the first time. */
  addCall(): void {
    this.#bucket.add(this.#ratio);
  }

  /** Whether a call may be made once more. */
  take(nowMs: number): boolean {
    return this.#bucket.take(nowMs) === 0;
  }
}
