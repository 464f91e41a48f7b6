import type { CallId } from "@porthos-rpc/protocol";

/** Callers of one generation that are remembered; two generations are kept. */
const MAX_CALLERS = 1_000;
/** So many requests of a caller are taken by the clocks as they are, before they are taken by each other. */
const BELIEVED_REQUESTS = 8;

/** What is known of a caller's clock. */
interface Seen {
  requests: number;
  /** The least that one of his requests seemed to have been on its way; negative if his clock is ahead. */
  leastLagMs: number;
}

/**
 * How long requests were in the queue, without clocks that agree. A request's id says its deadline by its caller's clock, its time to live what
 * was left when it was sent. So its lag, `ttl - (deadline - now)`, is its time on the way and the difference of the two
 * clocks. That difference is no larger than the least lag of the same caller.
 *
 * A caller's first requests are believed as they are, since clocks mostly agree and all of them may have been in the queue. What no
 * broker does, to deliver what has expired, shows that the clocks differ.
 */
export class CallerClocks {
  #fresh = new Map<string, Seen>();
  #old = new Map<string, Seen>();

  /**
   * @param id the request's, if it is of our callers' form
   * @param ttlMs its time to live
   * @param epochMs when it was received, by this machine's clock
   * @returns milliseconds, 0 where nobody can tell, and always less than `ttlMs`
   */
  queuedMs(id: CallId | undefined, ttlMs: number, epochMs: number): number {
    if (id === undefined) return 0;
    const lagMs = ttlMs - (id.deadlineEpochMs - epochMs);
    const seen = this.#seen(id.caller);
    seen.requests++;
    seen.leastLagMs = Math.min(seen.leastLagMs, lagMs);
    const isBelieved = seen.requests <= BELIEVED_REQUESTS && seen.leastLagMs >= 0 && lagMs < ttlMs;
    const queuedMs = lagMs - (isBelieved ? 0 : seen.leastLagMs);
    if (queuedMs < ttlMs) return queuedMs;
    // Somebody's clock has been set: what was known of it is nothing any more.
    seen.leastLagMs = lagMs;
    return 0;
  }

  #seen(caller: string): Seen {
    let seen = this.#fresh.get(caller);
    if (seen !== undefined) return seen;
    seen = this.#old.get(caller) ?? { requests: 0, leastLagMs: Number.POSITIVE_INFINITY };
    if (this.#fresh.size >= MAX_CALLERS) {
      this.#old = this.#fresh;
      this.#fresh = new Map();
    }
    this.#fresh.set(caller, seen);
    return seen;
  }
}
