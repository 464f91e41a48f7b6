import type { KnownFailure } from "./fixture.js";
import type { CaseResult } from "./run-case.js";

/** What a test runner is to be told of a case. */
export type Verdict =
  | { readonly kind: "pass" }
  | { readonly kind: "skip"; readonly note: string }
  | { readonly kind: "fail"; readonly error: unknown };

/**
 * A broken promise fails, unless it is known; a known failure that is none any more fails too, and so does one that would
 * have ended a process.
 * @param known the reason why the case is known to fail, if it is
 */
export function verdictOn(id: string, result: CaseResult, known: KnownFailure | undefined): Verdict {
  if (result.kind === "not applicable") return { kind: "skip", note: `not applicable: ${result.reason}` };
  if (result.kind === "broken")
    return known === undefined || result.fatal ? { kind: "fail", error: result.error } : { kind: "pass" };
  if (typeof known !== "string") return { kind: "pass" };
  return { kind: "fail", error: new Error(`${id} passes now; take it out of knownFailures ("${known}")`) };
}
