import { describe, expect, it } from "vitest";
import { z } from "zod";
import { bytes } from "./bytes.js";
import { checkErrors } from "./declared-errors.js";

describe("the errors of a method", () => {
  it("have a status, and may have data and a description", () => {
    const data = z.object({ max: z.number() });
    const errors = checkErrors("method", {
      tooLarge: { status: 422, data, description: "too large" },
      _1: { status: 599 },
    });
    expect(Object.keys(errors)).toEqual(["tooLarge", "_1"]);
    expect(errors["tooLarge"]).toEqual({ status: 422, data, description: "too large" });
    expect(errors["tooLarge"]?.data).toBe(data);
  });

  it.each([
    [{ gone: {} }, 'option "errors.gone.status" must be a whole number from 400 to 599, got undefined'],
    [
      { gone: { status: 399 } },
      'option "errors.gone.status" must be a whole number from 400 to 599, got 399',
    ],
    [{ gone: { status: 600 } }, "got 600"],
    [{ gone: { status: 410.5 } }, "got 410.5"],
    [{ gone: { status: "410" } }, "got a text"],
    [{ gone: { status: 410, data: {} } }, 'option "errors.gone.data" must be a Standard Schema'],
    [{ gone: { status: 410, data: bytes() } }, 'option "errors.gone.data" cannot be bytes()'],
    [{ gone: { status: 410, description: 1 } }, 'option "errors.gone.description" must be a text'],
    [{ gone: { status: 410, code: 1 } }, 'option "errors.gone": unknown option "code"'],
    [{ gone: 410 }, 'option "errors.gone": expected an object of options, got 410'],
    [{ "too-large": { status: 413 } }, '"too-large" is none'],
    [{ "1st": { status: 400 } }, '"1st" is none'],
    [{ "": { status: 400 } }, '"" is none'],
    [{ ["x".repeat(65)]: { status: 400 } }, "must be 1 to 64 letters"],
    [{ toJSON: { status: 400 } }, "cannot have a member called toJSON"],
    [JSON.parse('{"__proto__":{"status":400}}'), "cannot have a member called __proto__"],
    [{ __proto__: { gone: { status: 400 } } }, "must be a plain object"],
    [{ [Symbol("gone")]: { status: 400 } }, "must be texts"],
  ])("refuse %j at once, by name", (errors: unknown, why) => {
    expect(() => checkErrors("method", errors)).toThrow(TypeError);
    expect(() => checkErrors("method", errors)).toThrow(why);
  });
});
