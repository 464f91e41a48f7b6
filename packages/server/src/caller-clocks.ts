import type { CallId, Clock } from "@porthos-rpc/protocol";

/** Callers of one generation that are remembered; two generations are kept. */
const MAX_CALLERS = 1_000;
/** So many requests of a caller are taken by the clocks as they are, before they are taken by each other. */
const BELIEVED_REQUESTS = 8;
/** What is known of a caller is of this window and the one before. */
const WINDOW_MS = 30_000;
/** With a free slot for so long, there is no backlog in which all requests would have waited. */
const ROOMY_MS = 1_000;
/** A later request that was sent so much earlier was not merely overtaken: its caller's clock was set back. */
const SET_BACK_MS = 500;

/** What is known of a caller's clock. Lags are by the clock that is never set, from an epoch that was true when the server was made. */
interface Seen {
  requests: number;
  /** What lags lacked of those by the clock's date, when the caller came. */
  readonly dateMs: number;
  /** The least that one of his requests seemed to have been on its way, in this window; negative if his clock is ahead. */
  leastLagMs: number;
  /** The same of the window before. */
  formerLagMs: number;
  windowMs: number;
  /** His last call, and when he sent it by his clock. */
  number: number;
  sentEpochMs: number;
}

export interface CallerClocksOptions {
  readonly clock: Clock;
  /** Whether a request takes the last slot. */
  readonly isBusy: () => boolean;
}

/**
 * How long requests were in the queue, without clocks that agree. A request's id says its deadline by its caller's clock, its time to live what
 * was left when it was sent. So its lag, `ttl - (deadline - now)`, is its time on the way and the difference of the two
 * clocks. That difference is no larger than the least lag of the same caller.
 *
 * Clocks are set, so only lags of late count. Our own clock's date is read when a caller comes, and no more. A caller's that is
 * set forward makes lags less, which is seen at once; one that is set back shows by a later call that was sent earlier, or when its
 * window has passed. Windows pass by requests, so that a rare caller has two of them to be judged by, and not while
 * the server is busy without a break: then all may have waited, and the least of them as well.
 *
 * A caller's first requests are believed as they are, since clocks mostly agree and all of them may have been in the queue. What no
 * broker does, to deliver what has expired, shows that the clocks differ.
 */
export class CallerClocks {
  readonly #clock: Clock;
  readonly #isBusy: () => boolean;
  readonly #startEpochMs: number;
  #fresh = new Map<string, Seen>();
  #old = new Map<string, Seen>();
  #comeMs = Number.NEGATIVE_INFINITY;
  #busyMs = Number.NEGATIVE_INFINITY;

  constructor({ clock, isBusy }: CallerClocksOptions) {
    this.#clock = clock;
    this.#isBusy = isBusy;
    this.#startEpochMs = clock.epochMs() - clock.now();
  }

  /**
   * @param id the request's, if it is of our callers' form
   * @param ttlMs its time to live
   * @param receivedMs when, by the clock's `now`
   * @returns milliseconds, 0 where nobody can tell, and always less than `ttlMs`
   */
  queuedMs(id: CallId | undefined, ttlMs: number, receivedMs: number): number {
    const isRoomy = this.#isRoomy(receivedMs);
    if (id === undefined) return 0;
    const sentEpochMs = id.deadlineEpochMs - ttlMs;
    const lagMs = this.#startEpochMs + receivedMs - sentEpochMs;
    const seen = this.#seen(id.caller, receivedMs);
    seen.requests++;
    if (isRoomy && receivedMs - seen.windowMs >= WINDOW_MS) {
      seen.formerLagMs = seen.leastLagMs;
      seen.leastLagMs = lagMs;
      seen.windowMs = receivedMs;
    }
    if (wasSetBack(seen, id.number, sentEpochMs)) startAnew(seen, lagMs);
    seen.leastLagMs = Math.min(seen.leastLagMs, lagMs);
    const leastLagMs = Math.min(seen.leastLagMs, seen.formerLagMs);
    const isBelieved =
      seen.requests <= BELIEVED_REQUESTS && leastLagMs + seen.dateMs >= 0 && lagMs + seen.dateMs < ttlMs;
    const queuedMs = isBelieved ? lagMs + seen.dateMs : lagMs - leastLagMs;
    if (queuedMs < ttlMs) return queuedMs;
    // Somebody's clock has been set: what was known of it is nothing any more.
    seen.leastLagMs = lagMs;
    seen.formerLagMs = lagMs;
    return 0;
  }

  /** A broker that has more gives it for every slot that becomes free. */
  #isRoomy(nowMs: number): boolean {
    if (this.#isBusy()) this.#busyMs = nowMs;
    const lastMs = Math.min(this.#comeMs, this.#busyMs);
    this.#comeMs = nowMs;
    return nowMs - lastMs > ROOMY_MS;
  }

  #seen(caller: string, nowMs: number): Seen {
    let seen = this.#fresh.get(caller);
    if (seen !== undefined) return seen;
    seen = this.#old.get(caller) ?? this.#unseen(nowMs);
    if (this.#fresh.size >= MAX_CALLERS) {
      this.#old = this.#fresh;
      this.#fresh = new Map();
    }
    this.#fresh.set(caller, seen);
    return seen;
  }

  #unseen(nowMs: number): Seen {
    return {
      requests: 0,
      dateMs: this.#clock.epochMs() - this.#clock.now() - this.#startEpochMs,
      leastLagMs: Number.POSITIVE_INFINITY,
      formerLagMs: Number.POSITIVE_INFINITY,
      windowMs: nowMs,
      number: 0,
      sentEpochMs: Number.NEGATIVE_INFINITY,
    };
  }
}

/** A caller numbers his calls as he makes them. */
function wasSetBack(seen: Seen, number: number, sentEpochMs: number): boolean {
  if (number <= seen.number) return false;
  const isEarlier = sentEpochMs < seen.sentEpochMs - SET_BACK_MS;
  seen.number = number;
  seen.sentEpochMs = sentEpochMs;
  return isEarlier;
}

function startAnew(seen: Seen, lagMs: number): void {
  seen.requests = Math.max(seen.requests, BELIEVED_REQUESTS + 1);
  seen.leastLagMs = lagMs;
  seen.formerLagMs = lagMs;
}
