import { laterOn, type TurnHost } from "./later.js";

/**
 * Where time comes from. Injected everywhere, so that tests own it and the package runs in a browser.
 */
export interface Clock {
  /** Milliseconds since an arbitrary start, never going back (a jump of the system's clock moves no deadline). */
  now(): number;
  /**
   * Milliseconds since 1970-01-01T00:00Z as the system's clock says. It may be wrong, and may jump both ways: for what
   * is told to others, never for measuring.
   */
  epochMs(): number;
  /** Runs `callback` once, at least `delayMs` from now. Returns the function that stops it. */
  after(delayMs: number, callback: () => void): () => void;
  /**
   * Runs `callback` once, in a later turn of the event loop, after what was given before it. Timers and I/O get their
   * time in between. It must not throw.
   */
  later(callback: () => void): void;
}

/** The running system's monotonic clock, wall clock, timers and turns. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epochMs: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  // What the host has when the module is loaded: a test that replaces the timers controls time, but turns are no time.
  later: /* @__PURE__ */ laterOn(globalThis as unknown as TurnHost),
};
