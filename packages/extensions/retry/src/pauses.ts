import { type Clock, onAbort } from "@porthos-rpc/protocol";

/** Why a pause ended: its time was over, the caller gave up, or the client was closed. */
export type PauseEnd = "over" | "aborted" | "closed";

/** The calls that wait for their next attempt. Each has a timer, and none of them outlives the client. */
export class Pauses {
  readonly #clock: Clock;
  readonly #ends = new Set<(end: PauseEnd) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#ends.size;
  }

  /** Waits so long, or until the caller gives up. */
  pause(delayMs: number, signal: AbortSignal | undefined): Promise<PauseEnd> {
    return new Promise((resolve) => {
      const end = (why: PauseEnd): void => {
        stopTimer();
        stopListening?.();
        this.#ends.delete(end);
        resolve(why);
      };
      const stopTimer = this.#clock.after(delayMs, () => end("over"));
      const stopListening = signal && onAbort(signal, () => end("aborted"));
      this.#ends.add(end);
    });
  }

  /** Ends them all. */
  close(): void {
    for (const end of this.#ends) end("closed");
  }
}
