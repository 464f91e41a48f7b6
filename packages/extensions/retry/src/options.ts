import { checkDuration, checkInteger, checkKnown, wrong } from "@porthos-rpc/protocol";

export interface RetryOptions {
  /** How often a call is made in all, 1 to 20; 1: never again. @default 3 */
  readonly maxAttempts?: number;
  /**
   * How long at most it waits before the second attempt, in milliseconds; before each further one twice as long. How long it really waits is
   * drawn at random between nothing and that (full jitter), so that callers who failed together do not come back together. @default 100
   */
  readonly backoffMs?: number;
  /** No wait is drawn from more than that, in milliseconds. What a service asks for (`Retry-After`) comes on top. @default 2_000 */
  readonly maxBackoffMs?: number;
  /**
   * How long one attempt may take, in milliseconds, so that there is time for another; never longer than what is left of the call's own
   * timeout. @default what is left
   */
  readonly attemptTimeoutMs?: number;
  /** How many retries each call adds to the client's budget, 0 to 1: with 0.1, a tenth of its calls may be made again. @default 0.1 */
  readonly budgetRatio?: number;
  /**
   * How many retries the budget holds at most, 0 to 10,000, to begin with and for clients that call seldom: so many come in every 10 s beside what calls
   * add. @default 10
   */
  readonly budgetReserve?: number;
  /** Where the jitter comes from: a number from 0 to below 1, as `Math.random` gives. For tests. @default Math.random */
  readonly random?: () => number;
}

/** Checked, with defaults. */
export interface CheckedRetryOptions {
  readonly maxAttempts: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Infinity: what is left. */
  readonly attemptTimeoutMs: number;
  readonly budgetRatio: number;
  readonly budgetReserve: number;
  readonly random: () => number;
}

const KNOWN: readonly (keyof RetryOptions)[] = [
  "maxAttempts",
  "backoffMs",
  "maxBackoffMs",
  "attemptTimeoutMs",
  "budgetRatio",
  "budgetReserve",
  "random",
];

/** @throws {TypeError} that names the wrong option and says what was expected. */
export function checkRetryOptions(options: RetryOptions): CheckedRetryOptions {
  checkKnown("retry", options, KNOWN);
  const { attemptTimeoutMs, random = Math.random } = options;
  if (typeof random !== "function") throw wrong("retry", "random", "a function", random);
  return {
    maxAttempts: checkInteger("retry", "maxAttempts", options.maxAttempts, { min: 1, max: 20, fallback: 3 }),
    backoffMs: checkDuration("retry", "backoffMs", options.backoffMs, 100),
    maxBackoffMs: checkDuration("retry", "maxBackoffMs", options.maxBackoffMs, 2_000),
    attemptTimeoutMs:
      attemptTimeoutMs === undefined
        ? Number.POSITIVE_INFINITY
        : checkDuration("retry", "attemptTimeoutMs", attemptTimeoutMs),
    budgetRatio: checkRatio(options.budgetRatio),
    budgetReserve: checkInteger("retry", "budgetReserve", options.budgetReserve, {
      min: 0,
      max: 10_000,
      fallback: 10,
    }),
    random,
  };
}

function checkRatio(ratio: unknown): number {
  if (ratio === undefined) return 0.1;
  if (typeof ratio !== "number" || !(ratio >= 0 && ratio <= 1))
    throw wrong("retry", "budgetRatio", "a number from 0 to 1", ratio);
  return ratio;
}
