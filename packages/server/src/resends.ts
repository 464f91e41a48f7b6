import type { Clock, Transport } from "@porthos-rpc/protocol";

/** The pause before a send that the transport refused although it says that it is up. */
const RETRY_MS = 20;

/** The answers that wait until their transport can send again. */
export class Resends {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #stopRetry: (() => void) | undefined;
  #stopped = false;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** Runs `retry` when the transport can send again. */
  whenUp(retry: () => void): void {
    if (this.#stopped) return;
    this.#waiting.push(retry);
    // It may have come up again before the outcome was told: then no event will tell of it.
    if (this.#transport.state === "up") this.#retrySoon();
  }

  /** The transport can send again. */
  up(): void {
    for (const retry of this.#waiting.splice(0)) retry();
  }

  /** Forgets them. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.length = 0;
    this.#stopRetry?.();
  }

  #retrySoon(): void {
    this.#stopRetry ??= this.#clock.after(RETRY_MS, () => {
      this.#stopRetry = undefined;
      this.up();
    });
  }
}
