import { describe, expect, it } from "vitest";
import { MethodScope } from "./method-scope.js";

const scope = (...patterns: readonly string[]): MethodScope =>
  new MethodScope("createServer", "auth", patterns);

describe("MethodScope", () => {
  it("has the methods that it names, and no others", () => {
    const named = scope("add", "remove");
    expect([named.has("add"), named.has("remove"), named.has("addOne"), named.has("")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("has all methods of a beginning, of an end, or at all", () => {
    expect([scope("admin.*").has("admin.stop"), scope("admin.*").has("administer")]).toEqual([true, false]);
    expect([scope("*.read").has("user.read"), scope("*.read").has("read")]).toEqual([true, false]);
    expect(scope("*").has("anything")).toBe(true);
  });

  it("says which of its patterns no method fits", () => {
    expect(scope("add", "admin.*", "*One").without(["addOne", "add"])).toEqual(["admin.*"]);
  });

  it.each([
    ["nothing", undefined, "undefined"],
    ["no list", "add", "a text"],
    ["an empty list", [], "an empty list"],
    ["what is no name", ["add", 1], "a number"],
    ["an empty name", [""], '""'],
    ["two stars", ["*add*"], '"*add*"'],
    ["a star in the middle", ["ad*d"], '"ad*d"'],
  ])("refuses %s, with the extension's name", (_, patterns, got) => {
    const make = (): MethodScope => new MethodScope("createServer", "auth", patterns);
    expect(make).toThrow('createServer: the methods of extension "auth" must be');
    expect(make).toThrow(`got ${got}`);
  });
});
