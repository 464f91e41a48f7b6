import assert from "node:assert/strict";
import type { TransportFeatures } from "@porthos-rpc/protocol";
import { afterAll, beforeAll, describe, type TestContext, test } from "vitest";
import { checkFixture } from "./check-fixture.js";
import {
  type KnownFailure,
  type TransportFixture,
  type WaitOptions,
  type Waits,
  waitsOf,
} from "./fixture.js";
import { keepResult } from "./keep-result.js";
import { Report } from "./report.js";
import { probe, runCase } from "./run-case.js";
import { suites } from "./suites.js";
import type { TransportCase } from "./transport-case.js";
import { verdictOn } from "./verdict.js";

/** All waits are bounded by themselves, with better texts than the runner's: this is only the last net. */
const TEST_TIMEOUT_MS = 300_000;

/**
 * Puts a transport to the test: one vitest test for each promise of the `Transport` interface, in one `describe` a
 * theme. Which promises apply follows from the features that the transport declares once it is ready and from what
 * the fixture can do to the broker; the others are skipped with their reason, counted and printed at the end.
 * @throws {TypeError} for a name in fixture or options that there is not.
 */
export function describeTransport(name: string, fixture: TransportFixture, options: WaitOptions = {}): void {
  checkFixture("describeTransport", fixture, options);
  const waits = waitsOf(options);
  const known = fixture.knownFailures ?? {};
  const report = new Report(name, fixture.brokerLabel);
  let features: TransportFeatures | undefined;

  async function judge(each: TransportCase, context: TestContext): Promise<void> {
    assert.ok(features !== undefined, "the transport did not get ready");
    const reason = Object.hasOwn(known, each.id) ? known[each.id] : undefined;
    const result = await runCase(each, fixture, features, reason === undefined ? waits : impatient(waits));
    report.add(each.id, result, reason);
    const verdict = verdictOn(each.id, result, reason);
    if (verdict.kind === "skip") context.skip(verdict.note);
    if (verdict.kind === "fail") throw verdict.error;
  }

  describe(`transport ${name}`, { timeout: TEST_TIMEOUT_MS }, () => {
    beforeAll(async () => {
      features = await probe(fixture, waits);
    }, TEST_TIMEOUT_MS);
    afterAll(() => {
      console.info(report.lines(features).join("\n"));
      if (features !== undefined) keepResult(report.result(features));
    });

    test("declares the features that the fixture expects", () => {
      assert.deepEqual({ ...features, ...fixture.features }, { ...features });
    });
    test("the fixture's known failures are cases that exist", () => {
      const ids = suites.flatMap(({ cases }) => cases.map(({ id }) => id));
      assert.deepEqual(
        Object.keys(known).filter((id) => !ids.includes(id)),
        [],
      );
    });
    for (const { name: theme, cases } of suites) {
      describe(theme, () => {
        for (const each of cases) test(titleOf(each, known), (context) => judge(each, context));
      });
    }
  });
}

/** What is known not to come need not be waited for as long as what is slow. */
function impatient(waits: Waits): Waits {
  return { ...waits, reconnectMs: Math.min(waits.reconnectMs, waits.waitMs) };
}

function titleOf({ id, title }: TransportCase, known: Readonly<Record<string, KnownFailure>>): string {
  const failure = Object.hasOwn(known, id) ? known[id] : undefined;
  if (failure === undefined) return `${title} [${id}]`;
  return typeof failure === "string"
    ? `${title} [${id}] (known failure: ${failure})`
    : `${title} [${id}] (fails at times: ${failure.reason})`;
}
