import { describe, expect, test } from "vitest";
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

  test("a known failure that comes at times only may pass", () => {
    const known = { reason: "the broker forgets", atTimes: true } as const;
    expect(verdictOn("a/b", kept, known)).toEqual({ kind: "pass" });
    expect(verdictOn("a/b", broken, known)).toEqual({ kind: "pass" });
  });

  test("no known failure excuses an error that would have ended the process", () => {
    const fatal = { ...broken, fatal: true } as const;
    expect(verdictOn("a/b", fatal, "the broker has no such thing")).toEqual({
      kind: "fail",
      error: broken.error,
    });
  });

  test("what does not apply is skipped, with the reason", () => {
    expect(verdictOn("a/b", { kind: "not applicable", reason: "no topics" }, undefined)).toEqual({
      kind: "skip",
      note: "not applicable: no topics",
    });
  });
});
