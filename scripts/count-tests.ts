import { existsSync, readFileSync } from "node:fs";

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

type Results = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
};

/**
 * Counts a run by Vitest's JSON report. What fails without being a test (a file that does not load, a setup that
 * throws, an error that nobody caught) counts as a failure too: a run that did not succeed has at least one.
 */
export function countTests(file: string, succeeded: boolean): Counts {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const results = JSON.parse(readFileSync(file, "utf8")) as Results;
  const broken = results.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  const failed = results.numFailedTests + broken.length;
  return {
    passed: results.numPassedTests,
    failed: succeeded ? failed : Math.max(failed, 1),
    skipped: results.numPendingTests + results.numTodoTests,
  };
}
