import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bytes } from "./bytes.js";
import { type AnyMethod, contract } from "./contract.js";
import { type MethodOptions, method } from "./method.js";
import { methodHash } from "./method-hash.js";
import { notification } from "./notification.js";
import type { Schema } from "./schema.js";
import { stream } from "./stream.js";

function hashOf(declared: AnyMethod, name = "m"): string {
  const method = contract("S", { [name]: declared })[name];
  if (method === undefined) throw new Error("no method");
  return methodHash(method);
}

const base = (): MethodOptions<Schema, Schema, Record<string, { status: number; data?: Schema }>> => ({
  input: z.object({ a: z.number(), b: z.string() }),
  output: z.enum(["x", "y"]),
  errors: { gone: { status: 410, data: z.number() }, full: { status: 429 } },
});

describe("methodHash", () => {
  it("is 16 hex digits, the same for the same method, on every machine", () => {
    expect(hashOf(method(base()))).toMatch(/^[0-9a-f]{16}$/);
    expect(hashOf(method(base()))).toBe(hashOf(method(base())));
    // A change of this figure makes all peers of the versions before say that the contracts differ.
    expect(hashOf(method({ input: bytes() }))).toBe("0790744356870977");
  });

  it("does not depend on the order of names, nor on what is only for people", () => {
    const other = method({
      description: "for people",
      idempotent: true,
      errors: { full: { status: 429, description: "for people" }, gone: { status: 410, data: z.number() } },
      output: z.enum(["y", "x"]).describe("for people"),
      input: z.object({ b: z.string().describe("for people"), a: z.number() }).meta({ title: "for people" }),
    });
    expect(hashOf(other)).toBe(hashOf(method(base())));
  });

  it.each([
    ["an input of another type", { ...base(), input: z.object({ a: z.string(), b: z.string() }) }],
    ["one more property", { ...base(), input: z.object({ a: z.number(), b: z.string(), c: z.string() }) }],
    [
      "a property that may be left out",
      { ...base(), input: z.object({ a: z.number(), b: z.string().optional() }) },
    ],
    ["another output", { ...base(), output: z.enum(["x", "z"]) }],
    ["no output", { input: z.object({ a: z.number(), b: z.string() }), errors: base().errors ?? {} }],
    ["no errors", { ...base(), errors: {} }],
    ["an error of another status", { ...base(), errors: { ...base().errors, full: { status: 430 } } }],
    [
      "an error with other data",
      { ...base(), errors: { ...base().errors, gone: { status: 410, data: z.string() } } },
    ],
  ])("differs with %s", (_title, options) => {
    expect(hashOf(method(options))).not.toBe(hashOf(method(base())));
  });

  it("tells a property called description from a description", () => {
    const one = z.object({ description: z.string() });
    const two = z.object({ description: z.number() });
    expect(hashOf(method({ input: one }))).not.toBe(hashOf(method({ input: two })));
  });

  it("sees the kind and the name", () => {
    const schema = z.number();
    const all = [
      hashOf(method({ input: schema })),
      hashOf(method({ input: schema }), "n"),
      hashOf(method({ output: schema })),
      hashOf(notification({ input: schema })),
      hashOf(stream({ output: schema })),
      hashOf(stream({ upload: schema })),
      hashOf(stream({ upload: schema, output: schema })),
      hashOf(stream({ upload: schema, result: schema })),
      hashOf(method({ input: bytes() })),
      hashOf(method({ input: bytes({ contentType: "image/png" }) })),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    ["arktype", type({ a: "number" }), type({ a: "string" })],
    ["zod, with what JSON Schema cannot say", z.object({ a: z.date() }), z.object({ b: z.date() })],
  ])("sees schemas of %s", (_library, one: Schema, other: Schema) => {
    expect(hashOf(method({ input: one }))).not.toBe(hashOf(method({ input: other })));
  });

  it("sees only that there is a schema where the library gives no JSON Schema", () => {
    expect(hashOf(method({ input: v.number() }))).toBe(hashOf(method({ input: v.string() })));
    expect(hashOf(method({ input: v.number() }))).not.toBe(hashOf(method()));
  });

  it("asks the library once a method", () => {
    let asked = 0;
    const schema = z.number();
    const counting = {
      "~standard": {
        ...schema["~standard"],
        jsonSchema: {
          input: () => {
            asked++;
            return { type: "number" };
          },
        },
      },
    } as unknown as Schema;
    const { m } = contract("S", { m: method({ input: counting }) });
    expect(asked).toBe(0);
    expect(methodHash(m)).toBe(methodHash(m));
    expect(asked).toBe(1);
  });

  it("refuses a method of no contract", () => {
    expect(() => methodHash(method())).toThrow("methodHash: this method is not a part of a contract");
  });
});
