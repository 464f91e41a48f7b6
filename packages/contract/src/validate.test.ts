import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { schemaThat } from "../test/standard.js";
import type { Schema } from "./schema.js";
import { validate } from "./validate.js";

const SCHEMAS: readonly (readonly [string, Schema])[] = [
  ["zod", z.object({ value: z.number(), by: z.number().default(1) })],
  ["valibot", v.object({ value: v.number(), by: v.optional(v.number(), 1) })],
  ["arktype", type({ value: "number", by: "number = 1" })],
];

describe.each(SCHEMAS)("validate with %s", (_library, schema) => {
  it("gives what the schema makes of a value, without a promise", () => {
    expect(validate(schema, { value: 1 })).toEqual({ ok: true, value: { value: 1, by: 1 } });
  });

  it("gives the issues of a value that does not fit, without a promise", () => {
    const result = validate(schema, { value: "1" });
    expect(result).toMatchObject({ ok: false, cause: undefined });
    const { issues } = result as { issues: readonly { message: string; path?: readonly unknown[] }[] };
    expect(issues).toHaveLength(1);
    expect(issues[0]?.message).toMatch(/number/);
    expect(Array.from(issues[0]?.path ?? [], (one) => (one as { key?: unknown }).key ?? one)).toEqual([
      "value",
    ]);
  });
});

describe("validate", () => {
  it.each([
    ["zod", z.string().refine(async (text) => text !== "no")],
    [
      "valibot",
      v.pipeAsync(
        v.string(),
        v.checkAsync(async (text) => text !== "no"),
      ),
    ],
  ])("waits for an asynchronous validator of %s", async (_library, schema: Schema) => {
    const yes = validate(schema, "yes");
    expect(yes).toBeInstanceOf(Promise);
    expect(await yes).toEqual({ ok: true, value: "yes" });
    expect(await validate(schema, "no")).toMatchObject({ ok: false, cause: undefined });
  });

  it("takes undefined for a value, and falsy issues for none", () => {
    expect(validate(z.undefined(), undefined)).toEqual({ ok: true, value: undefined });
    expect(
      validate(
        schemaThat(() => ({ value: undefined, issues: undefined })),
        1,
      ),
    ).toEqual({ ok: true, value: undefined });
  });

  it("does not take a value for valid whose validator throws or rejects, and gives what it threw", async () => {
    const reason = new Error("broken");
    const failed = { ok: false, issues: [{ message: "its validator failed" }], cause: reason };
    const throws = schemaThat(() => {
      throw reason;
    });
    expect(validate(throws, 1)).toEqual(failed);
    expect(
      await validate(
        schemaThat(() => Promise.reject(reason)),
        1,
      ),
    ).toEqual(failed);
  });

  it("waits for promises of another kind, too", async () => {
    // biome-ignore lint/suspicious/noThenProperty: it is to be awaited
    const thenable = { then: (resolve: (result: unknown) => void) => resolve({ value: 7 }) };
    const result = validate(
      schemaThat(() => thenable),
      1,
    );
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toEqual({ ok: true, value: 7 });
  });

  it.each([
    [undefined],
    [null],
    [true],
    ["ok"],
    [{}],
    [{ issues: [] }],
    [{ issues: "wrong" }],
    [{ value: 1, issues: true }],
  ])("does not take a value for valid whose validator answers %j", (answer: unknown) => {
    expect(
      validate(
        schemaThat(() => answer),
        1,
      ),
    ).toMatchObject({ ok: false, cause: expect.any(TypeError) });
  });
});
