import { describe, expect, test } from "vitest";
import { Report } from "./report.js";
import { verdictOn } from "./verdict.js";

const broken = { kind: "broken", error: new Error("broken") } as const;
const kept = { kind: "kept" } as const;

describe("verdictOn", () => {
  test("a kept promise passes, a broken one fails with its error", () => {
    expect(verdictOn("a/b", kept, undefined)).toEqual({ kind: "pass" });
    expect(verdictOn("a/b", broken, undefined)).toEqual({ kind: "fail", error: broken.error });
  });

  test("a known failure passes while it fails", () => {
    expect(verdictOn("a/b", broken, "the broker has no such thing")).toEqual({ kind: "pass" });
  });

  test("a known failure fails when it starts to pass", () => {
    expect(verdictOn("a/b", kept, "the broker has no such thing")).toMatchObject({
      kind: "fail",
      error: { message: 'a/b passes now; take it out of knownFailures ("the broker has no such thing")' },
    });
  });

  test("what does not apply is skipped, with the reason", () => {
    expect(verdictOn("a/b", { kind: "not applicable", reason: "no topics" }, undefined)).toEqual({
      kind: "skip",
      note: "not applicable: no topics",
    });
  });
});

test("the report counts every case, and says of each that did not apply why", () => {
  const report = new Report("memory");
  report.add(kept, false);
  report.add(kept, false);
  report.add(broken, false);
  report.add(broken, true);
  report.add({ kind: "not applicable", reason: "no topics" }, false);
  report.add({ kind: "not applicable", reason: "no topics" }, false);
  const features = {
    confirmedSends: true,
    unroutableSends: true,
    unroutableReplies: false,
    expiry: true,
    typedHeaders: true,
    topics: false,
  };
  expect(report.lines(features)).toEqual([
    "memory: 2 promises kept, 1 broken, 1 known failures, 2 not applicable",
    "  features: confirmedSends, unroutableSends, no unroutableReplies, expiry, typedHeaders, no topics",
    "  not applicable, 2: no topics",
  ]);
});
