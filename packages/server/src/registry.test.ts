import { NO_BODY, type ResponseEnvelope } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { type MethodRunner, Registry } from "./registry.js";

const ANSWER: ResponseEnvelope = {
  statusCode: 200,
  contentType: undefined,
  body: NO_BODY,
  headers: undefined,
};
const runner: MethodRunner = () => ANSWER;

describe("Registry", () => {
  it("finds what was added, and nothing else", () => {
    const registry = new Registry();
    registry.add("register", "addOne", runner, undefined);
    expect(registry.runner("addOne")).toBe(runner);
    for (const name of ["addone", "addOne ", "", "__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(registry.runner(name)).toBeUndefined();
    }
  });

  it.each(["m", "m".repeat(200), "__proto__", "constructor", "über"])("takes the name %j", (method) => {
    const registry = new Registry();
    registry.add("register", method, runner, undefined);
    expect(registry.runner(method)).toBe(runner);
  });

  it("lists all methods with what they say about themselves, in the order of their registration", () => {
    const registry = new Registry();
    const spec = { description: "Adds one" };
    registry.add("register", "b", runner, undefined);
    registry.add("registerWithSpec", "a", runner, spec);
    expect([...registry.methods]).toEqual([
      ["b", undefined],
      ["a", spec],
    ]);
  });

  it("refuses a second handler for a method, by name, and keeps the first", () => {
    const registry = new Registry();
    registry.add("register", "m", runner, undefined);
    expect(() => registry.add("register", "m", () => ANSWER, undefined)).toThrow(
      new TypeError('register: method "m" has a handler already'),
    );
    expect(registry.runner("m")).toBe(runner);
  });

  it.each(["", "m".repeat(201), undefined, 7])("refuses the name %j", (method: unknown) => {
    expect(() => new Registry().add("register", method as string, runner, undefined)).toThrow(
      /^register: option "method" must be a text/,
    );
  });
});
