/** How often it looks. */
const TICK_MS = 10;
/** No test lasts longer. */
const KEPT_MS = 180_000;

interface Stall {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * When this process did not get to run: what it would have done then it did later, and that is no fault of the library.
 * Times are those of `performance.now()`.
 */
export class Lag {
  readonly #stalls: Stall[] = [];
  #lastMs: number = performance.now();

  constructor() {
    setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** Of the time between these two, how much was lost. */
  lostMs(fromMs: number, toMs: number): number {
    const now: Stall = { fromMs: this.#lastMs + TICK_MS, toMs: performance.now() };
    let lostMs = 0;
    for (const stall of [...this.#stalls, now]) {
      lostMs += Math.max(0, Math.min(toMs, stall.toMs) - Math.max(fromMs, stall.fromMs));
    }
    return lostMs;
  }

  #tick(): void {
    const nowMs = performance.now();
    const dueMs = this.#lastMs + TICK_MS;
    if (nowMs > dueMs + 1) this.#stalls.push({ fromMs: dueMs, toMs: nowMs });
    this.#lastMs = nowMs;
    while ((this.#stalls[0]?.toMs ?? nowMs) < nowMs - KEPT_MS) this.#stalls.shift();
  }
}
