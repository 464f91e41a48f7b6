import type { Clock } from "../clock.js";
import { RpcError } from "../errors.js";
import { MAX_DURATION_MS } from "../options.js";

/** The share of their life after which credentials are renewed. */
const RENEW_AFTER = 0.8;
/** After the first failure, doubled with each further one. */
const MIN_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

export interface CredentialRenewalOptions {
  readonly clock: Clock;
  /** 0 <= x < 1. @default Math.random */
  readonly random?: (() => number) | undefined;
  /**
   * Gets new credentials, and sees to it that the broker goes by them. Resolves with when these end, in milliseconds
   * since 1970; undefined = never. One at a time.
   */
  renew(): Promise<number | undefined>;
  /** It failed, and will be tried again before the end. */
  onFailed(reason: RpcError): void;
  /** Their time is over. */
  onExpired(reason: RpcError): void;
}

/**
 * Renews credentials that end, again and again, while it runs: after 80 % of their life, then with growing pauses until
 * it succeeds or they have ended. Lives are measured by a clock that never jumps, from when the credentials came.
 */
export class CredentialRenewal {
  readonly #options: CredentialRenewalOptions;
  #stopTimer: (() => void) | undefined;
  #stopEnd: (() => void) | undefined;
  #endMs = 0;
  #expiresAtMs = 0;
  #failures = 0;
  #failure: RpcError | undefined;
  /** Tells what a stopped renewal still comes to from what counts. */
  #run = 0;

  constructor(options: CredentialRenewalOptions) {
    this.#options = options;
  }

  /** @param expiresAtMs when those in use end, in milliseconds since 1970; undefined = never */
  start(expiresAtMs: number | undefined): void {
    this.stop();
    this.#failures = 0;
    this.#failure = undefined;
    if (expiresAtMs === undefined) return;
    const { clock } = this.#options;
    const leftMs = Math.max(0, expiresAtMs - clock.epochMs());
    this.#expiresAtMs = expiresAtMs;
    this.#endMs = clock.now() + leftMs;
    this.#awaitEnd();
    this.#awaitTurn(clock.now() + leftMs * RENEW_AFTER);
  }

  stop(): void {
    this.#run++;
    this.#stopTimer?.();
    this.#stopEnd?.();
    this.#stopTimer = undefined;
    this.#stopEnd = undefined;
  }

  #awaitEnd(): void {
    this.#stopEnd = this.#at(this.#endMs, () => {
      const cause = this.#failure;
      this.stop();
      const end = new Date(this.#expiresAtMs).toISOString();
      const why = cause === undefined ? "no new ones came in time" : cause.message;
      const text = `the credentials of this connection ended at ${end}: ${why}`;
      this.#options.onExpired(new RpcError("Unavailable", text, { cause }));
    });
  }

  #awaitTurn(dueMs: number): void {
    this.#stopTimer = this.#at(dueMs, () => void this.#renew());
  }

  /** Timers are shorter than tokens may live. */
  #at(dueMs: number, run: () => void): () => void {
    const { clock } = this.#options;
    let stop = (): void => {};
    const wait = (): void => {
      const leftMs = dueMs - clock.now();
      stop = leftMs > MAX_DURATION_MS ? clock.after(MAX_DURATION_MS, wait) : clock.after(leftMs, run);
    };
    wait();
    return () => stop();
  }

  async #renew(): Promise<void> {
    const run = this.#run;
    const before = this.#expiresAtMs;
    let expiresAtMs: number | undefined;
    try {
      expiresAtMs = await this.#options.renew();
      if (run === this.#run && expiresAtMs !== undefined && expiresAtMs <= before) throw notNewer();
    } catch (error) {
      if (run === this.#run) this.#onFailed(error);
      return;
    }
    if (run === this.#run) this.start(expiresAtMs);
  }

  #onFailed(error: unknown): void {
    const { clock, random = Math.random, onFailed } = this.#options;
    const pauseMs = Math.min(MAX_PAUSE_MS, MIN_PAUSE_MS * 2 ** this.#failures++) * (1 - random() / 2);
    const leftMs = Math.ceil(this.#endMs - clock.now());
    const why = error instanceof RpcError ? error.message : "see the cause";
    const text = `the credentials, which end in ${leftMs} ms, could not be renewed: ${why}`;
    this.#failure = new RpcError("Unavailable", text, { executed: "no", cause: error });
    this.#awaitTurn(clock.now() + pauseMs);
    onFailed(this.#failure);
  }
}

export function notNewer(): RpcError {
  const advice = "it must fetch new ones each time it is asked, not those that it has kept";
  return new RpcError(
    "Config",
    `the function gave credentials that end no later than those in use; ${advice}`,
  );
}
