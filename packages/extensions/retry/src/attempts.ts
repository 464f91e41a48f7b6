import {
  type ClientCall,
  type Clock,
  type MaybePromise,
  type ResponseEnvelope,
  RpcError,
} from "@porthos-rpc/protocol";
import { AttemptEnd, mayHaveRun, wordsOf } from "./attempt-end.js";
import { RetryBudget } from "./budget.js";
import type { CheckedRetryOptions } from "./options.js";
import { type PauseEnd, Pauses } from "./pauses.js";

type Next = (call: ClientCall) => MaybePromise<ResponseEnvelope>;

/** Before the first attempt. */
const NONE: readonly AttemptEnd[] = [];

/** Makes the calls of one client, each as often as it may be made. */
export class Attempts {
  readonly #options: CheckedRetryOptions;
  readonly #clock: Clock;
  readonly #budget: RetryBudget;
  readonly #pauses: Pauses;
  #calls = 0;
  #retries = 0;
  #recovered = 0;
  #exhausted = 0;

  constructor(options: CheckedRetryOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#budget = new RetryBudget(options.budgetRatio, options.budgetReserve, clock.now());
    this.#pauses = new Pauses(clock);
  }

  /** Since the client was started. */
  get counts(): Readonly<Record<string, number>> {
    const [calls, retries] = [this.#calls, this.#retries];
    return {
      calls,
      attempts: calls + retries,
      retries,
      recovered: this.#recovered,
      budgetExhausted: this.#exhausted,
      waiting: this.#pauses.size,
    };
  }

  /** The answer to the call, or to the last attempt at it. @throws what the last attempt ended with */
  make(call: ClientCall, next: Next): Promise<ResponseEnvelope> {
    this.#calls++;
    this.#budget.addCall();
    return this.#attempt(call, next, this.#clock.now() + call.timeoutMs, NONE);
  }

  /** Ends the pauses before further attempts. */
  close(): void {
    this.#pauses.close();
  }

  async #attempt(
    call: ClientCall,
    next: Next,
    deadlineMs: number,
    before: readonly AttemptEnd[],
  ): Promise<ResponseEnvelope> {
    let end: AttemptEnd | undefined;
    try {
      const response = await next(this.#inTime(call, deadlineMs, before));
      end = AttemptEnd.ofAnswer(response);
      if (end === undefined) {
        if (before.length > 0) this.#recovered++;
        return response;
      }
    } catch (error) {
      end = AttemptEnd.ofError(error);
    }
    const delayMs = this.#delayMs(call, end, before.length + 1, deadlineMs);
    if (delayMs === undefined) return end.conclude(before);
    const ends = [...before, end];
    const pauseEnd = await this.#pauses.pause(delayMs, call.signal);
    if (pauseEnd !== "over") throw interrupted(call, pauseEnd, ends);
    this.#retries++;
    return this.#attempt(call, next, deadlineMs, ends);
  }

  /** The call, in the time that there is for one attempt at it. */
  #inTime(call: ClientCall, deadlineMs: number, before: readonly AttemptEnd[]): ClientCall {
    const leftMs = before.length === 0 ? call.timeoutMs : deadlineMs - this.#clock.now();
    const timeoutMs = Math.min(leftMs, this.#options.attemptTimeoutMs);
    return timeoutMs === call.timeoutMs ? call : { ...call, timeoutMs };
  }

  /** How long to wait before the call is made again; undefined: it has ended. @param attempts that were made */
  #delayMs(call: ClientCall, end: AttemptEnd, attempts: number, deadlineMs: number): number | undefined {
    const { maxAttempts, backoffMs, maxBackoffMs, random } = this.#options;
    if (attempts >= maxAttempts || !end.mayBeMadeAgain(call) || call.signal?.aborted === true)
      return undefined;
    const most = Math.min(maxBackoffMs, backoffMs * 2 ** (attempts - 1));
    const delayMs = end.retryAfterMs + random() * most;
    const nowMs = this.#clock.now();
    if (nowMs + delayMs >= deadlineMs) return undefined;
    if (this.#budget.take(nowMs)) return delayMs;
    this.#exhausted++;
    return undefined;
  }
}

/** The error of a call that ended between two attempts. */
function interrupted(
  call: ClientCall,
  why: Exclude<PauseEnd, "over">,
  ends: readonly AttemptEnd[],
): RpcError {
  const { service, method, signal } = call;
  const [code, what] =
    why === "aborted"
      ? (["Cancelled", "the caller gave up"] as const)
      : (["Closed", "the client was closed"] as const);
  const message = `${service}.${method}: ${what} before attempt ${ends.length + 1} (before it: ${wordsOf(ends)})`;
  const executed = mayHaveRun(ends) ? "maybe" : "no";
  const cause: unknown = why === "aborted" ? signal?.reason : undefined;
  return new RpcError(code, message, { executed, cause });
}
