import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Results, testsOf } from "../tests/faults/results.js";
import { countTests } from "./count-tests.js";

/** What a change must pass besides its tests, the build first: some of the rest look at what it made. */
const CHECKS: Readonly<Record<string, string>> = {
  build: "turbo run build --output-logs=errors-only",
  lint: "biome check --diagnostic-level=error",
  types: "tsc --noEmit",
  layers: "tsx scripts/check-layers.ts",
  "dead code": "knip",
  packages: "turbo run check:package --output-logs=errors-only",
};

/** @returns whether the command succeeded. */
function run(title: string, command: string): boolean {
  console.log(`\n== ${title}: ${command}`);
  const startedAtMs = Date.now();
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1" };
  const { status } = spawnSync(command, { env, shell: true, stdio: ["ignore", "inherit", "inherit"] });
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`== ${title}: ${status === 0 ? "ok" : "FAILED"} in ${seconds} s`);
  return status === 0;
}

const folder = mkdtempSync(join(tmpdir(), "porthos-results-"));
const results = join(folder, "results.json");
const failedChecks = Object.entries(CHECKS).flatMap(([title, command]) =>
  run(title, command) ? [] : [title],
);
const testsPassed = run(
  "tests",
  `vitest run --reporter=default --reporter=json --outputFile.json=${results}`,
);
const { passed, failed, skipped } = countTests(results, testsPassed);
if (existsSync(results)) {
  const faults = new Results(testsOf(readFileSync(results, "utf8")));
  console.log(`\n${faults}\n`);
  const holes = faults.holes();
  if (holes.length > 0) failedChecks.push(`faults without a test that ran: ${holes.join(", ")}`);
}
rmSync(folder, { recursive: true });

// The last line is for machines, and a broken check must not look like success in it: each counts as one failure.
console.log(failedChecks.length === 0 ? "all checks passed" : `FAILED CHECKS: ${failedChecks.join(", ")}`);
console.log(`${passed} passed, ${failed + failedChecks.length} failed, ${skipped} skipped`);
process.exitCode = testsPassed && failedChecks.length === 0 ? 0 : 1;
