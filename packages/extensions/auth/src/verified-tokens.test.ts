import { describe, expect, it } from "vitest";
import { callerOf } from "./caller.js";
import { VerifiedTokens } from "./verified-tokens.js";

const alice = callerOf({ sub: "alice" });

describe("VerifiedTokens", () => {
  it("keeps so many, those that were used last, each until it expires", () => {
    const tokens = new VerifiedTokens(2);
    for (const name of ["a", "b"]) tokens.keep(name, alice, 100, 0);
    expect(tokens.get("a", 99)).toBe(alice);
    tokens.keep("c", alice, 100, 0);
    expect(["a", "b", "c"].map((name) => tokens.get(name, 99))).toEqual([alice, undefined, alice]);
    expect(tokens.get("a", 100)).toBeUndefined();
    expect(tokens.size).toBe(1);
    tokens.clear();
    expect(tokens.size).toBe(0);
  });

  it("keeps nobody whose verification began before the last clear", () => {
    const tokens = new VerifiedTokens(2);
    const before = tokens.generation;
    tokens.clear();
    tokens.keep("a", alice, 100, before);
    expect(tokens.size).toBe(0);
    tokens.keep("a", alice, 100, tokens.generation);
    expect(tokens.size).toBe(1);
  });

  it("keeps none if it is told so, and no token ever, only hashes", () => {
    const none = new VerifiedTokens(0);
    none.keep("a", alice, 100, 0);
    expect(none.size).toBe(0);
    expect(none.keyOf("secret.token")).toMatch(/^[\w+/]{43}=$/);
  });
});
