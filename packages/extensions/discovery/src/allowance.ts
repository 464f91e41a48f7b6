import type { Clock } from "@porthos-rpc/protocol";

/** So many units a second may be spent, and at most those of one second at once. */
export class Allowance {
  readonly #clock: Clock;
  readonly #perSecond: number;
  #left: number;
  #atMs: number;

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#left = perSecond;
    this.#atMs = clock.now();
  }

  /** Whether there were so many left, which are spent then. */
  spend(units: number): boolean {
    const nowMs = this.#clock.now();
    this.#left = Math.min(this.#perSecond, this.#left + ((nowMs - this.#atMs) * this.#perSecond) / 1_000);
    this.#atMs = nowMs;
    if (this.#left < units) return false;
    this.#left -= units;
    return true;
  }
}
