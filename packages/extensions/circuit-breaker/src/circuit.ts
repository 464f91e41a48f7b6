import {
  type ClientCall,
  type Clock,
  type MaybePromise,
  type ResponseEnvelope,
  RpcError,
  refusedHere,
} from "@porthos-rpc/protocol";
import { type CircuitBreakerPolicy, CircuitState, CountBreaker, circuitBreaker, handleWhen } from "cockatiel";
import type { CheckedCircuitBreakerOptions } from "./options.js";
import { isAnswered, isFailedAnswer, isFailure } from "./service-health.js";

type Next = (call: ClientCall) => MaybePromise<ResponseEnvelope>;

/** So much longer than its call the test of an open circuit is waited for: something further in may never end. */
const LINGER_MS = 1_000;

/** The end of a test that says nothing of the service: its caller gave up, say. */
class Inconclusive extends Error {}

/**
 * One circuit: cockatiel counts and has the states. Ours are when it lets a call through (by the injected clock, which no jump of the
 * system's moves), that others do not wait for that call, and that it ends.
 */
export class Circuit {
  readonly #options: CheckedCircuitBreakerOptions;
  readonly #clock: Clock;
  readonly #policy: CircuitBreakerPolicy;
  /** When it opened the last time, and when it lets a call through. */
  #openedAtMs = 0;
  #dueMs = 0;
  #lastFailure: { readonly word: string; readonly error: unknown } | undefined;
  #opened = 0;
  #refused = 0;
  #endTest: () => void = () => {};

  constructor(options: CheckedCircuitBreakerOptions, clock: Clock) {
    const { failureRatio: threshold, window: size, minCalls: minimumNumberOfCalls } = options;
    this.#options = options;
    this.#clock = clock;
    const failing = handleWhen((error) => isFailure(error) || error instanceof Inconclusive).orWhenResult(
      (response) => isFailedAnswer(response as ResponseEnvelope),
    );
    this.#policy = circuitBreaker(failing, {
      // At any time, by its clock: `run` says when.
      halfOpenAfter: Number.NEGATIVE_INFINITY,
      breaker: new CountBreaker({ threshold, size, minimumNumberOfCalls }),
    });
    this.#policy.onBreak((reason) => this.#open(reason));
  }

  get state(): "closed" | "open" | "half-open" {
    const { state } = this.#policy;
    if (state === CircuitState.Closed) return "closed";
    return state === CircuitState.HalfOpen ? "half-open" : "open";
  }

  /** For `describe()`. */
  get said(): Readonly<Record<string, unknown>> {
    const { state } = this;
    const since = state === "closed" ? {} : { openForMs: Math.round(this.#clock.now() - this.#openedAtMs) };
    return {
      state,
      ...since,
      opened: this.#opened,
      refused: this.#refused,
      ...(this.#lastFailure === undefined ? {} : { lastFailure: this.#lastFailure.word }),
    };
  }

  /** @throws {RpcError} Unavailable, not executed, while it is open; what the call throws */
  run(call: ClientCall, next: Next): MaybePromise<ResponseEnvelope> {
    const { state } = this.#policy;
    const isClosed = state === CircuitState.Closed;
    if (!isClosed && (state === CircuitState.HalfOpen || this.#clock.now() < this.#dueMs))
      throw this.#refusal(call);
    // A stream may take hours to end, so it is no test, and no call that counts.
    if (call.kind === "stream") return next(call);
    return isClosed ? this.#policy.execute(() => next(call)) : this.#test(call, next);
  }

  /** Ends the wait for a test that is under way. */
  close(): void {
    this.#endTest();
  }

  /** One call that shows whether the service is back. */
  async #test(call: ClientCall, next: Next): Promise<ResponseEnvelope> {
    try {
      return await this.#policy.execute(() => this.#inTime(call, next));
    } catch (error) {
      if (!(error instanceof Inconclusive)) throw error;
      // It has said nothing: the next one is the test.
      this.#dueMs = this.#clock.now();
      throw error.cause;
    }
  }

  async #inTime(call: ClientCall, next: Next): Promise<ResponseEnvelope> {
    let stopTimer = (): void => {};
    const late = new Promise<never>((_, reject) => {
      const end = (): void => reject(hanging(call));
      stopTimer = this.#clock.after(call.timeoutMs + LINGER_MS, end);
      this.#endTest = end;
    });
    try {
      return await Promise.race([next(call), late]);
    } catch (error) {
      if (isFailure(error) || isAnswered(error)) throw error;
      throw new Inconclusive("it says nothing of the service", { cause: error });
    } finally {
      stopTimer();
      this.#endTest = () => {};
    }
  }

  #open(
    reason: { readonly error: unknown } | { readonly value: unknown } | { readonly isolated: true },
  ): void {
    this.#opened++;
    this.#openedAtMs = this.#clock.now();
    this.#dueMs = this.#openedAtMs + this.#options.openMs;
    if ("value" in reason) {
      const { statusCode } = reason.value as ResponseEnvelope;
      this.#lastFailure = { word: String(statusCode), error: undefined };
    } else if ("error" in reason && reason.error instanceof RpcError) {
      this.#lastFailure = { word: reason.error.code, error: reason.error };
    }
  }

  #refusal({ service, method }: ClientCall): RpcError {
    this.#refused++;
    const nowMs = this.#clock.now();
    const leftMs = Math.ceil(this.#dueMs - nowMs);
    const isTesting = this.state === "half-open";
    const last = this.#lastFailure;
    const why = `too many calls failed, the last with ${last?.word}, ${Math.round(nowMs - this.#openedAtMs)} ms ago`;
    const then = isTesting
      ? "a call is under way that tests the service"
      : `in ${leftMs} ms it lets a call through`;
    return refusedHere("Unavailable", `${service}.${method}: the circuit is open: ${why}; ${then}`, {
      retryable: true,
      details: isTesting ? undefined : { retryAfterMs: leftMs },
      cause: last?.error,
    });
  }
}

function hanging({ service, method, timeoutMs }: ClientCall): RpcError {
  return new RpcError("Timeout", `${service}.${method}: it did not end within ${Math.round(timeoutMs)} ms`);
}
