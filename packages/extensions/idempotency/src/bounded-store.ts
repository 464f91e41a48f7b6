import { DeadlineWheel, type ExtensionHost, type MaybePromise, TimeBox } from "@porthos-rpc/protocol";

/** What a question to a store comes to that throws, or does not answer in time. */
export const FAILED: unique symbol = Symbol("the store failed");

/** The wait for a store, which may be slow, away, or wrong: it ends in time, and never with an error. */
export class BoundedStore {
  readonly #host: ExtensionHost;
  readonly #timeoutMs: number;
  readonly #wheel: DeadlineWheel;
  #failures = 0;
  #isFailing = false;

  constructor(host: ExtensionHost, timeoutMs: number) {
    this.#host = host;
    this.#timeoutMs = timeoutMs;
    this.#wheel = new DeadlineWheel(host.clock);
  }

  /** Questions that failed. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * @param during for whoever reads of a failure; the first of several in a row is told
   * @param deadlineMs of the call, on the clock's scale: half of what is left of it is the most that is waited. When nothing is left, nobody waits for
   * what follows
   * @param late gets an answer that comes too late
   */
  async ask<T>(
    during: string,
    deadlineMs: number | undefined,
    question: () => MaybePromise<T>,
    late?: (answer: T) => void,
  ): Promise<T | typeof FAILED> {
    try {
      const asked = question();
      if (!(asked instanceof Promise)) return this.#succeeded(asked);
      const answer = await new TimeBox<T, typeof FAILED>(
        this.#wheel,
        this.#untilMs(deadlineMs),
        asked,
        FAILED,
      ).result;
      if (answer !== FAILED) return this.#succeeded(answer);
      if (late !== undefined) asked.then(late, () => {});
      this.failed(during, new Error(`the store did not answer ${during} in time`));
    } catch (error) {
      this.failed(during, error);
    }
    return FAILED;
  }

  /** What the store has said or done is of no use. */
  failed(during: string, error: unknown): void {
    this.#failures++;
    if (!this.#isFailing) this.#host.report(during, error);
    this.#isFailing = true;
  }

  #succeeded<T>(answer: T): T {
    this.#isFailing = false;
    return answer;
  }

  #untilMs(deadlineMs = Number.POSITIVE_INFINITY): number {
    const nowMs = this.#host.clock.now();
    const leftMs = deadlineMs - nowMs;
    return nowMs + (leftMs > 0 ? Math.min(this.#timeoutMs, leftMs / 2) : this.#timeoutMs);
  }
}
