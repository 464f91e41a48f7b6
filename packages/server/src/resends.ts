import type { Clock, Transport } from "@porthos-rpc/protocol";

/** The pause before a send that the transport refused although it says that it is up. */
const RETRY_MS = 20;

/** @param canSend false: it never will, the server closes */
export type Retry = (canSend: boolean) => void;

/** The answers that wait until their transport can send again. */
export class Resends {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #waiting: Retry[] = [];
  #stopRetry: (() => void) | undefined;
  #stopped = false;

  constructor(transport: Transport, clock: Clock) {
    this.#transport = transport;
    this.#clock = clock;
  }

  /** Runs `retry` when the transport can send again, or when that is not waited for any more. */
  whenUp(retry: Retry): void {
    if (this.#stopped) {
      giveUp(retry);
      return;
    }
    this.#waiting.push(retry);
    // It may have come up again before the outcome was told: then no event will tell of it.
    if (this.#transport.state === "up") this.#retrySoon();
  }

  /** The transport can send again. */
  up(): void {
    for (const retry of this.#waiting.splice(0)) retry(true);
  }

  /** Waits no more. */
  stop(): void {
    this.#stopped = true;
    for (const retry of this.#waiting.splice(0)) giveUp(retry);
    this.#stopRetry?.();
  }

  #retrySoon(): void {
    this.#stopRetry ??= this.#clock.after(RETRY_MS, () => {
      this.#stopRetry = undefined;
      this.up();
    });
  }
}

/** Later: first its request goes back to the broker, so that another server answers it. */
function giveUp(retry: Retry): void {
  queueMicrotask(() => retry(false));
}
