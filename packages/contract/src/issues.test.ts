import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeIssues } from "./issues.js";
import type { Schema } from "./schema.js";
import { type Issue, validate } from "./validate.js";

function described(schema: Schema, value: unknown): string {
  const result = validate(schema, value);
  if (result instanceof Promise || result.ok) throw new Error("expected issues");
  return describeIssues(result.issues);
}

const SCHEMAS: readonly (readonly [string, Schema])[] = [
  ["zod", z.object({ user: z.object({ tags: z.array(z.number()) }), pin: z.literal("0000") })],
  ["valibot", v.object({ user: v.object({ tags: v.array(v.number()) }), pin: v.literal("0000") })],
  ["arktype", type({ user: { tags: "number[]" }, pin: "'0000'" })],
];

describe.each(SCHEMAS)("issues of %s", (_library, schema) => {
  it("are told in one line, each with its path", () => {
    const text = described(schema, { user: { tags: [1, "two"] }, pin: "1234" });
    // Not all tell them in the order of the schema.
    const told = text.split("; ").sort().reverse();
    expect(told).toEqual([
      expect.stringMatching(/^user\.tags\[1\].*number/),
      expect.stringMatching(/^pin.*"0000"/),
    ]);
    expect(text).not.toContain("\n");
  });

  it("never tell the value", () => {
    const text = described(schema, { user: { tags: ["hunter2"] }, pin: "hunter3" });
    expect(text).not.toContain("hunter");
    expect(described(schema, "hunter2")).not.toContain("hunter");
    expect(described(schema, { user: "hunter2", pin: { deep: "hunter3" } })).not.toContain("hunter");
  });
});

describe("describeIssues", () => {
  it("tells three issues and counts the rest", () => {
    const issues = Array.from({ length: 5 }, (_, n): Issue => ({ message: "Required", path: [`f${n}`] }));
    expect(describeIssues(issues)).toBe("f0: Required; f1: Required; f2: Required (and 2 more)");
  });

  it("takes paths of keys, of segments, and none", () => {
    expect(describeIssues([{ message: "bad", path: ["a", { key: 0 }, { key: "b" }, 1] }])).toBe(
      "a[0].b[1]: bad",
    );
    expect(describeIssues([{ message: "bad", path: [Symbol("s")] }])).toBe("Symbol(s): bad");
    expect(describeIssues([{ message: "bad", path: [] }])).toBe("bad");
    expect(describeIssues([{ message: "bad" }])).toBe("bad");
  });

  it("does not say a path twice that the message begins with", () => {
    expect(describeIssues([{ message: "a.b must be a number", path: ["a", "b"] }])).toBe(
      "a.b must be a number",
    );
  });

  it("is short and in one line, whatever the validator says", () => {
    const path = Array.from({ length: 1_000 }, () => "a\u0000\u202elong\nname");
    const issues = Array.from({ length: 1_000 }, (): Issue => ({ message: "x y\n".repeat(10_000), path }));
    const text = describeIssues(issues);
    expect(text.length).toBeLessThan(800);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it.each([[undefined], [1], [""]])("has a word for an issue whose message is %j", (message) => {
    expect(describeIssues([{ message } as unknown as Issue])).toBe("is not valid");
  });
});
