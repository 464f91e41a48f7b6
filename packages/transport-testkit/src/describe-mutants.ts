import assert from "node:assert/strict";
import type { TransportFeatures } from "@porthos-rpc/protocol";
import { beforeAll, describe, test } from "vitest";
import { allMutants } from "./all-mutants.js";
import { checkFixture } from "./check-fixture.js";
import { type TransportFixture, type WaitOptions, waitsOf } from "./fixture.js";
import { type Mutant, mutate } from "./mutants/mutant.js";
import { type CaseResult, probe, runCase } from "./run-case.js";
import { suites } from "./suites.js";
import type { TransportCase } from "./transport-case.js";

/** A mutant that hangs costs all waits of its cases. */
const TEST_TIMEOUT_MS = 120_000;

/**
 * One vitest test for each mutant: the fixture's transport, broken in one way, must fail each case that is meant for
 * it, and the unbroken one must pass it. Mutants whose cases do not apply to the transport are skipped, with the
 * reason. Waits should be as short as the broker allows: most mutants are noticed because something does not happen.
 */
export function describeMutants(name: string, fixture: TransportFixture, options: WaitOptions = {}): void {
  checkFixture("describeMutants", fixture, options);
  const waits = waitsOf(options);
  // Only what is broken needs short waits; a busy machine must not make the unbroken transport look broken.
  const patient = waitsOf({ quietMs: waits.quietMs });
  const byId = new Map(suites.flatMap(({ cases }) => cases.map((each) => [each.id, each] as const)));
  const unbroken = new Map<string, CaseResult>();
  let features: TransportFeatures;

  async function passes(each: TransportCase): Promise<CaseResult> {
    const result = unbroken.get(each.id) ?? (await runCase(each, fixture, features, patient));
    unbroken.set(each.id, result);
    return result;
  }

  /** Whether the case could be run at all. */
  async function notices(mutant: Mutant, id: string): Promise<boolean> {
    const each = byId.get(id) ?? assert.fail(`there is no case ${id}`);
    const good = await passes(each);
    if (good.kind === "not applicable") return false;
    if (good.kind === "broken") throw new Error(`${id} fails without any mutant`, { cause: good.error });
    const create = async () => mutate(mutant, await fixture.create());
    const result = await runCase(each, { ...fixture, create }, features, waits);
    assert.equal(result.kind, "broken", `${id} does not notice: ${mutant.breaks}`);
    return true;
  }

  describe(`mutants of transport ${name}`, { timeout: TEST_TIMEOUT_MS }, () => {
    beforeAll(async () => {
      features = await probe(fixture, patient);
    }, TEST_TIMEOUT_MS);

    for (const mutant of allMutants) {
      test(`a transport that ${mutant.breaks} is noticed [${mutant.name}]`, async ({ skip }) => {
        let judged = 0;
        for (const id of mutant.caughtBy) if (await notices(mutant, id)) judged++;
        if (judged === 0) skip(`no case that would notice applies: ${mutant.caughtBy.join(", ")}`);
      });
    }
  });
}
