import { checkDuration, checkInteger, checkKnown, checkOneOf, wrong } from "@porthos-rpc/protocol";

export interface CircuitBreakerOptions {
  /** It opens when more than this part of the last calls failed; more than 0 and less than 1. @default 0.5 */
  readonly failureRatio?: number;
  /** How many of the last calls count, 1 to 10,000. @default 20 */
  readonly window?: number;
  /** It does not open before so many calls have ended, 1 to `window`. @default 10, or `window` if that is less */
  readonly minCalls?: number;
  /** How long it stays open before it lets one call through, in milliseconds. @default 5_000 */
  readonly openMs?: number;
  /** Whether all methods share a circuit, or each has its own (of the first 1,000; the others share one). @default "service" */
  readonly per?: "service" | "method";
}

export type CheckedCircuitBreakerOptions = Required<CircuitBreakerOptions>;

const WHERE = "circuitBreaker";

const KNOWN: readonly (keyof CircuitBreakerOptions)[] = [
  "failureRatio",
  "window",
  "minCalls",
  "openMs",
  "per",
];

/** @throws {TypeError} that names the wrong option and says what was expected. */
export function checkCircuitBreakerOptions(options: CircuitBreakerOptions): CheckedCircuitBreakerOptions {
  checkKnown(WHERE, options, KNOWN);
  const window = checkInteger(WHERE, "window", options.window, { min: 1, max: 10_000, fallback: 20 });
  return {
    failureRatio: checkRatio(options.failureRatio),
    window,
    minCalls: checkInteger(WHERE, "minCalls", options.minCalls, {
      min: 1,
      max: window,
      fallback: Math.min(10, window),
    }),
    openMs: checkDuration(WHERE, "openMs", options.openMs, 5_000),
    per: checkOneOf(WHERE, "per", options.per, ["service", "method"], "service"),
  };
}

function checkRatio(ratio: unknown): number {
  if (ratio === undefined) return 0.5;
  if (typeof ratio !== "number" || !(ratio > 0 && ratio < 1))
    throw wrong(WHERE, "failureRatio", "a number more than 0 and less than 1", ratio);
  return ratio;
}
