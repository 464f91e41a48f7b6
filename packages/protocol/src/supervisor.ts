import type { Clock } from "./clock.js";
import { RpcError } from "./errors.js";

/**
 * Keeps one connection alive: the logic that every driver shares. It makes a fresh connection object for each attempt,
 * walks through the endpoints, waits with jitter between rounds, and tells fatal errors from passing ones.
 *
 * - An endpoint that fails is followed by the next at once; a round of failures, and a loss, by a pause drawn evenly from
 *   0 to `maxDelayMs` ("full jitter"). It does not grow: a thousand clients that lost their broker at once come back over
 *   more than a second however short it was away, and each of them mostly within one however long.
 * - Before the first success, an error with code `Config` is fatal: the supervisor stops and reports it. If the error
 *   says `retryable` (the driver could not be sure: a broker that is starting may say the same), it is fatal when it has
 *   been the only one for `doubtMs`.
 * - After a success nothing is fatal, since what worked may work again: `Config` errors are retried every `fatalDelayMs`.
 */
export class Supervisor<Endpoint, Connection> {
  readonly #options: SupervisorOptions<Endpoint, Connection>;
  #endpoints: readonly Endpoint[];
  #attempt: AbortController | undefined;
  #connection: Connection | undefined;
  #stopTimer: (() => void) | undefined;
  #running = false;
  #epoch = 0;
  #index = 0;
  /** Since when every attempt ended with a doubtful error. */
  #doubtSinceMs: number | undefined;
  /** The pause is for what only its operator can mend. */
  #isPatient = false;

  constructor(options: SupervisorOptions<Endpoint, Connection>) {
    this.#options = options;
    this.#endpoints = shuffled(options.endpoints, options.random ?? Math.random);
  }

  /** Counts the connections that came up, from 1; 0 before the first. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The connection that is up now. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Begins to connect. Does nothing while it is running. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#index = 0;
    this.#doubtSinceMs = undefined;
    void this.#tryNext();
  }

  /** The broker is there, as somebody else has found: whoever pauses tries at once. */
  hurry(): void {
    if (this.#stopTimer === undefined || this.#isPatient) return;
    this.#stopTimer();
    this.#stopTimer = undefined;
    void this.#tryNext();
  }

  /** Stops connecting and reconnecting, and hands back the connection that was up, for the driver to close. */
  stop(): Connection | undefined {
    const connection = this.#connection;
    this.#running = false;
    this.#connection = undefined;
    this.#attempt?.abort();
    this.#attempt = undefined;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    return connection;
  }

  /** The driver has made a connection that takes the place of the one that is up. False, and nothing changes, if that is not up. */
  replace(connection: Connection, next: Connection): boolean {
    if (connection !== this.#connection) return false;
    this.#connection = next;
    this.#epoch++;
    return true;
  }

  /** To be called by the driver when a connection is lost. One that is no longer current is ignored. */
  lost(connection: Connection, reason: RpcError): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    this.#options.onDown(reason);
    if (this.#atRest) this.#pause(this.#delayMs());
  }

  /** Running, with nothing under way: a listener may have stopped it, and even started it again. */
  get #atRest(): boolean {
    return this.#running && this.#attempt === undefined && this.#stopTimer === undefined;
  }

  async #tryNext(): Promise<void> {
    const endpoint = this.#endpoints[this.#index % this.#endpoints.length] as Endpoint;
    const attempt = new AbortController();
    this.#attempt = attempt;
    let connection: Connection;
    try {
      connection = await this.#options.connect(endpoint, attempt.signal);
    } catch (error) {
      if (!attempt.signal.aborted) this.#failed(asRpcError(error));
      return;
    }
    if (attempt.signal.aborted) {
      this.#options.discard(connection);
      return;
    }
    this.#attempt = undefined;
    this.#connection = connection;
    this.#doubtSinceMs = undefined;
    this.#epoch++;
    this.#options.onUp(connection, this.#epoch);
  }

  #failed(error: RpcError): void {
    this.#attempt = undefined;
    const fatal = this.#isCertain(error);
    if (fatal && this.#epoch === 0) {
      this.stop();
      this.#options.onFatal(final(error));
      return;
    }
    this.#options.onAttemptFailed?.(error);
    if (!this.#atRest) return;
    this.#index++;
    if (fatal) {
      this.#pause(this.#options.fatalDelayMs ?? 5_000, true);
    } else if (this.#index % this.#endpoints.length !== 0) {
      void this.#tryNext();
    } else this.#pause(this.#delayMs());
  }

  /** Whether it can never work as configured. */
  #isCertain(error: RpcError): boolean {
    if (error.code !== "Config") {
      this.#doubtSinceMs = undefined;
      return false;
    }
    if (!error.retryable) return true;
    const nowMs = this.#options.clock.now();
    this.#doubtSinceMs ??= nowMs;
    return nowMs - this.#doubtSinceMs >= (this.#options.doubtMs ?? 2_000);
  }

  #pause(delayMs: number, isPatient = false): void {
    this.#isPatient = isPatient;
    this.#stopTimer = this.#options.clock.after(delayMs, () => {
      this.#stopTimer = undefined;
      void this.#tryNext();
    });
  }

  #delayMs(): number {
    const { maxDelayMs = 1_200, random = Math.random } = this.#options;
    return random() * maxDelayMs;
  }
}

export interface SupervisorOptions<Endpoint, Connection> {
  readonly clock: Clock;
  /** One or more; their order is shuffled once, so that clients spread over a cluster. */
  readonly endpoints: readonly Endpoint[];
  /** @default 1_200 */
  readonly maxDelayMs?: number;
  /** How long what is doubtful must have been so to be certain. @default 2_000 */
  readonly doubtMs?: number;
  /** The pause before retrying what would have been fatal at the start. @default 5_000 */
  readonly fatalDelayMs?: number;
  /** 0 <= x < 1. @default Math.random */
  readonly random?: () => number;
  /**
   * Makes one connection, or rejects with an `RpcError` that says why not. Has its own time limit. When `signal` is
   * aborted it should give up soon; a connection that comes after that is handed to `discard`.
   */
  connect(endpoint: Endpoint, signal: AbortSignal): Promise<Connection>;
  /** Throws away a connection that came too late. */
  discard(connection: Connection): void;
  onUp(connection: Connection, epoch: number): void;
  onDown(reason: RpcError): void;
  /** It will not try again until `start` is called. */
  onFatal(reason: RpcError): void;
  onAttemptFailed?(reason: RpcError): void;
}

function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  return new RpcError("Unavailable", "the connection attempt failed", { executed: "no", cause: error });
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}

/** What was doubtful is certain when it stays: nobody is to try once more. */
function final(error: RpcError): RpcError {
  if (!error.retryable) return error;
  return new RpcError(error.code, error.message, { executed: "no", retryable: false, cause: error });
}
