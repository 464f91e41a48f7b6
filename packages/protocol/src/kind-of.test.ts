import { describe, expect, it } from "vitest";
import { kindOf } from "./kind-of.js";

describe("kindOf", () => {
  it.each([
    [undefined, "undefined"],
    [null, "null"],
    ["", "an empty text"],
    ["secret", "a text"],
    [7, "a number"],
    [true, "a boolean"],
    [7n, "a bigint"],
    [Symbol("secret"), "a symbol"],
    [() => "secret", "a function"],
    [["secret"], "an array"],
    [{ secret: true }, "an object"],
    [Object.create(null), "an object"],
  ])("says what a value is, not what it holds", (value: unknown, kind) => {
    expect(kindOf(value)).toBe(kind);
  });
});
