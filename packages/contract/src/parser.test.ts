import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeIssues } from "./issues.js";
import { type Misfit, parser } from "./parser.js";

const refuse = ({ issues }: Misfit, who: string): Error => new Error(`${who}: ${describeIssues(issues)}`);

describe("parser", () => {
  it("gives what the schema makes of a value, at once if the validator does", () => {
    const parse = parser<string>(z.object({ n: z.number().default(1) }), refuse);
    expect(parse({}, "a")).toEqual({ n: 1 });
  });

  it("waits for a validator that does", async () => {
    const slow = z.number().refine(async (n) => n > 1);
    const parse = parser<string>(slow, refuse);
    expect(await parse(2, "a")).toBe(2);
    await expect(parse(1, "a")).rejects.toThrow(/^a: /);
  });

  it("throws what is made of a misfit, with what is known of the value", () => {
    expect(() => parser<string>(z.number(), refuse)("1", "b")).toThrow(/^b: /);
  });

  it("gives values as they are where nothing is to be checked", () => {
    const value = {};
    expect(parser<string>(undefined, refuse)(value, "a")).toBe(value);
  });
});
