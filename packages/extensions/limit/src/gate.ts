import { TokenBucket } from "@porthos-rpc/protocol";
import type { AdaptiveCeiling } from "./adaptive-ceiling.js";
import type { CheckedBounds } from "./options.js";

/** When there is room again nobody knows; it is asked for in whole seconds. */
const BUSY_MS = 1_000;

/** Why a call may not pass. */
export interface Refused {
  readonly words: string;
  readonly retryAfterMs: number;
}

/** What bounds the calls of one kind: of all, of one method, or of one caller. */
export class Gate {
  readonly #whose: string;
  readonly #bounds: CheckedBounds;
  readonly #bucket: TokenBucket | undefined;
  readonly #ceiling: AdaptiveCeiling | undefined;
  #running = 0;

  /** @param whose for messages: `of this method` */
  constructor(whose: string, bounds: CheckedBounds, nowMs: number, ceiling?: AdaptiveCeiling) {
    this.#whose = whose;
    this.#bounds = bounds;
    this.#bucket = bounds.rate === undefined ? undefined : new TokenBucket(bounds.rate, bounds.burst, nowMs);
    this.#ceiling = ceiling;
  }

  get running(): number {
    return this.#running;
  }

  /** Why no call may pass now; undefined: one may. */
  refusal(nowMs: number): Refused | undefined {
    const { concurrent = Number.POSITIVE_INFINITY, rate } = this.#bounds;
    const most = this.#ceiling?.value ?? concurrent;
    if (this.#running >= most) {
      return { words: `the limit ${this.#whose} is ${most} at a time`, retryAfterMs: BUSY_MS };
    }
    const waitMs = this.#bucket?.waitMs(nowMs) ?? 0;
    if (waitMs === 0) return undefined;
    return { words: `the limit ${this.#whose} is ${rate} a second`, retryAfterMs: Math.ceil(waitMs) };
  }

  /** A call passes, whether it may or not. */
  enter(nowMs: number): void {
    this.#bucket?.take(nowMs);
    this.#running++;
  }

  /** It has ended. */
  leave(): void {
    this.#running--;
  }
}
