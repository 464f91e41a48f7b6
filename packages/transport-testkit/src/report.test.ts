import { expect, test } from "vitest";
import { Report } from "./report.js";
import type { CaseResult } from "./run-case.js";

const kept: CaseResult = { kind: "kept" };
const broken: CaseResult = { kind: "broken", error: new Error("broken") };

test("the report counts every case, and says of each that did not apply why", () => {
  const report = new Report("memory", "Memory 1.0");
  report.add("a", kept, undefined);
  report.add("a2", kept, undefined);
  report.add("b", broken, undefined);
  report.add("c", broken, "its broker cannot");
  report.add("c2", kept, { reason: "its broker forgets", atTimes: true });
  report.add("c3", { ...broken, fatal: true }, "its broker cannot");
  report.add("d", { kind: "not applicable", reason: "no topics" }, undefined);
  report.add("e", { kind: "not applicable", reason: "no topics" }, undefined);
  const features = {
    confirmedSends: true,
    unroutableSends: true,
    unroutableReplies: false,
    expiry: true,
    typedHeaders: true,
    nestedHeaders: true,
    topics: false,
  };
  expect(report.lines(features)).toEqual([
    "memory: 2 promises kept, 2 broken, 2 known failures, 2 not applicable",
    "  features: confirmedSends, unroutableSends, no unroutableReplies, expiry, typedHeaders, nestedHeaders, no topics",
    "  not applicable, 2: no topics",
  ]);
  expect(report.result(features)).toEqual({
    name: "memory",
    broker: "Memory 1.0",
    features,
    counts: { kept: 2, broken: 2, known: 2, notApplicable: 2 },
    knownFailures: { c: "its broker cannot", c2: "its broker forgets" },
    notApplicable: { d: "no topics", e: "no topics" },
  });
});
