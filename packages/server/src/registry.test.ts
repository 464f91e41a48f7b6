import { describe, expect, it } from "vitest";
import { type Handler, Registry } from "./registry.js";

const handler: Handler = () => {};

describe("Registry", () => {
  it("finds what was added, and nothing else", () => {
    const registry = new Registry();
    registry.add("register", "addOne", handler, undefined);
    expect(registry.handler("addOne")).toBe(handler);
    for (const name of ["addone", "addOne ", "", "__proto__", "constructor", "toString", "hasOwnProperty"]) {
      expect(registry.handler(name)).toBeUndefined();
    }
  });

  it.each(["m", "m".repeat(200), "__proto__", "constructor", "über"])("takes the name %j", (method) => {
    const registry = new Registry();
    registry.add("register", method, handler, undefined);
    expect(registry.handler(method)).toBe(handler);
  });

  it("lists all methods with what they say about themselves, in the order of their registration", () => {
    const registry = new Registry();
    const spec = { description: "Adds one" };
    registry.add("register", "b", handler, undefined);
    registry.add("registerWithSpec", "a", handler, spec);
    expect([...registry.methods]).toEqual([
      ["b", undefined],
      ["a", spec],
    ]);
  });

  it("refuses a second handler for a method, by name, and keeps the first", () => {
    const registry = new Registry();
    registry.add("register", "m", handler, undefined);
    expect(() => registry.add("register", "m", () => 1, undefined)).toThrow(
      new TypeError('register: method "m" has a handler already'),
    );
    expect(registry.handler("m")).toBe(handler);
  });

  it.each(["", "m".repeat(201), undefined, 7])("refuses the name %j", (method: unknown) => {
    expect(() => new Registry().add("register", method as string, handler, undefined)).toThrow(
      /^register: option "method" must be a text/,
    );
  });

  it.each([undefined, null, "handler", {}])("refuses %j for a handler", (notOne: unknown) => {
    expect(() => new Registry().add("register", "m", notOne as Handler, undefined)).toThrow(
      /^register: option "handler" must be a function/,
    );
  });
});
