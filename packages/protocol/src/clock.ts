/**
 * Where time comes from. Injected everywhere, so that tests own it and the package runs in a browser.
 */
export interface Clock {
  /** Milliseconds since an arbitrary start, never going back (a jump of the system's clock moves no deadline). */
  now(): number;
  /** Runs `callback` once, at least `delayMs` from now. Returns the function that stops it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The running system's monotonic clock and timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
