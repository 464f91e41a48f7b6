/** From this part of its time on a request is old: what has come up to here late will mostly be answered too late. */
const OLD = 1 / 2;
/** Up to this part it is young. Between the two, shedding goes on where it does, and does not begin. */
const YOUNG = 1 / 4;

/** A request that has come up. */
export interface ComingUp {
  /** By a clock that only goes forward. */
  readonly nowMs: number;
  /** How long it was on its way, in the queue, and waiting for a slot: at least. */
  readonly ageMs: number;
  /** The same if its caller's clock is right, and this one. */
  readonly seemsMs: number;
  /** What its caller gave it in all; more than 0. */
  readonly limitMs: number;
  /** Whether all slots are taken, its own included. */
  readonly isBusy: boolean;
}

/**
 * Tells a queue that will not be worked off from one that will, by the age of what comes up. A broker's queue is first in, first out: with
 * more to do than can be done, each request waits until its caller has almost given up, and all work is for nobody.
 *
 * Overload begins when all requests that came up for half of their time were old: in a queue that is only being worked off, what comes
 * up then is over its time anyway. As long as it lasts, the old are shed, so that the others have half of their time to run. It ends
 * with a request that is young, or when there was nothing to do, or a slot to do it in, for as long as it took to begin.
 *
 * A server that always has a free slot is never overloaded, whatever clocks say of ages.
 */
export class QueueAge {
  /** Since when all that came up was old. */
  #oldSinceMs: number | undefined;
  #seenMs = Number.NEGATIVE_INFINITY;
  #busyMs = Number.NEGATIVE_INFINITY;
  #isOverloaded = false;

  get isOverloaded(): boolean {
    return this.#isOverloaded;
  }

  /** Whether the request is to be answered at once that there is too much to do. To be asked once of each, as they come up. */
  sheds({ nowMs, ageMs, seemsMs, limitMs, isBusy }: ComingUp): boolean {
    const intervalMs = limitMs * OLD;
    if (isBusy) this.#busyMs = nowMs;
    const lastMs = Math.min(this.#seenMs, this.#busyMs);
    this.#seenMs = nowMs;
    if (nowMs - lastMs > intervalMs || Math.max(ageMs, seemsMs) < limitMs * YOUNG) this.#end();
    if (ageMs < intervalMs) {
      // Of a caller who came when the queue was long already nobody knows.
      if (seemsMs < intervalMs && !this.#isOverloaded) this.#oldSinceMs = undefined;
      return false;
    }
    this.#oldSinceMs ??= nowMs;
    if (nowMs - this.#oldSinceMs >= intervalMs) this.#isOverloaded = true;
    return this.#isOverloaded;
  }

  #end(): void {
    this.#oldSinceMs = undefined;
    this.#isOverloaded = false;
  }
}
