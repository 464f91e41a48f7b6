import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type MethodOptions, method } from "./method.js";
import type { Schema } from "./schema.js";

describe("method", () => {
  it.each([
    ["zod", z.string()],
    ["valibot", v.string()],
    ["arktype", type("string")],
  ])("takes schemas of %s, and gives them back as they are", (_library, schema: Schema) => {
    const { input, output } = method({ input: schema, output: schema });
    expect(input).toBe(schema);
    expect(output).toBe(schema);
  });

  it("has all parts, undefined where it was given none", () => {
    expect({ ...method() }).toEqual({
      kind: "method",
      name: "",
      service: "",
      description: undefined,
      idempotent: false,
      input: undefined,
      upload: undefined,
      output: undefined,
      result: undefined,
      errors: {},
    });
  });

  it("cannot be changed, and does not change with its options", () => {
    const options = { errors: { gone: { status: 410 } } };
    const made = method(options);
    options.errors.gone.status = 404;
    expect(made.errors.gone.status).toBe(410);
    expect(Object.isFrozen(made) && Object.isFrozen(made.errors) && Object.isFrozen(made.errors.gone)).toBe(
      true,
    );
  });

  it("finds no error that it does not declare, whatever its name", () => {
    expect("constructor" in method().errors).toBe(false);
    expect("constructor" in method({ errors: { constructor: { status: 400 } } }).errors).toBe(true);
  });

  it.each([
    [{ inptu: z.string() }, 'method: unknown option "inptu"; the options are description, input'],
    ["text", "method: expected an object of options, got a text"],
    [
      { input: {} },
      'option "input" must be a Standard Schema (of zod, valibot, arktype, ...), got an object',
    ],
    [{ input: { type: "object" } }, 'option "input" must be a Standard Schema'],
    [{ output: () => true }, 'option "output" must be a Standard Schema'],
    [{ output: null }, 'option "output" must be a Standard Schema'],
    [
      { input: { "~standard": { version: 2, validate: () => {} } } },
      'option "input" must be a Standard Schema',
    ],
    [{ input: { "~standard": null } }, 'option "input" must be a Standard Schema'],
    [{ idempotent: 1 }, 'option "idempotent" must be true or false, got 1'],
    [{ description: "" }, 'option "description" must be a text that is not empty'],
    [{ description: "x".repeat(16_385) }, 'option "description" must be a text of at most 16384 bytes'],
    [{ errors: [] }, 'option "errors" must be a plain object, got an array'],
  ])("refuses %j at once, by name", (options: unknown, why) => {
    expect(() => method(options as MethodOptions<Schema, Schema, never>)).toThrow(TypeError);
    expect(() => method(options as MethodOptions<Schema, Schema, never>)).toThrow(why);
  });
});
