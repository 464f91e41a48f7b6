import { describe, expect, it } from "vitest";
import { Redaction } from "./redaction.js";

const redact = (value: unknown, ...paths: string[]): unknown =>
  new Redaction("accessLog", "redact", paths).args(value);

describe("Redaction", () => {
  it.each<[string, unknown, unknown]>([
    ["args.password", { password: "p", user: "u" }, { password: "[redacted]", user: "u" }],
    ["args.a.b.c", { a: { b: { c: 1, d: 2 } } }, { a: { b: { c: "[redacted]", d: 2 } } }],
    ["args[1]", ["u", "p"], ["u", "[redacted]"]],
    ["args.1", ["u", "p"], ["u", "[redacted]"]],
    [
      "args.cards[*].number",
      { cards: [{ number: 1 }, { number: 2, name: "n" }] },
      { cards: [{ number: "[redacted]" }, { number: "[redacted]", name: "n" }] },
    ],
    ["args.*", { a: 1, b: { c: 2 } }, { a: "[redacted]", b: "[redacted]" }],
    ['args["first.name"]', { "first.name": "n" }, { "first.name": "[redacted]" }],
    ["args", { a: 1 }, "[redacted]"],
    ["args.password", { password: { nested: "p" } }, { password: "[redacted]" }],
  ])("hides %s", (path, value, shown) => {
    expect(redact(value, path)).toEqual(shown);
  });

  it("hides nothing where a path leads nowhere, or to what every object has", () => {
    for (const value of [undefined, null, 7, "text", { a: 1 }, [1]])
      expect(redact(structuredClone(value), "args.password.x", "args.toString", "args.__proto__.x")).toEqual(
        value,
      );
    expect(Object.prototype.toString).toBeTypeOf("function");
  });

  it("hides a key called __proto__ as any other", () => {
    const value = JSON.parse('{"__proto__":{"pin":1},"a":2}') as unknown;
    expect(JSON.stringify(redact(value, "args.__proto__"))).toBe('{"__proto__":"[redacted]","a":2}');
  });

  it("keeps arguments, bodies and headers apart", () => {
    const redaction = new Redaction("accessLog", "redact", [
      "args.a",
      "body.b",
      "headers.X-c",
      'headers["d.e"]',
    ]);
    expect(redaction.args({ a: 1, b: 1 })).toEqual({ a: "[redacted]", b: 1 });
    expect(redaction.body({ a: 1, b: 1 })).toEqual({ a: 1, b: "[redacted]" });
    expect(redaction.headers).toEqual(["X-c", "d.e"]);
    expect(new Redaction("accessLog", "redact", ["headers"]).headers).toEqual(["*"]);
  });

  it.each([
    ["args.a", "a text"],
    [["password"], "an array"],
    [[""], "an array"],
    [["args..a"], "an array"],
    [[7], "an array"],
    [['args["a'], "an array"],
    [["args[x]"], "an array"],
    [{}, "an object"],
  ])("refuses what is no list of paths, by name: %j", (paths, got) => {
    expect(() => new Redaction("accessLog", "redact", paths)).toThrow(
      new TypeError(
        `accessLog: option "redact" must be a list of paths such as "args.password", "args.cards[*].number" or "headers.x-token", got ${got}`,
      ),
    );
  });
});
