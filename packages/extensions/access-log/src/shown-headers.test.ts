import type { HeaderValue } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { ShownHeaders } from "./shown-headers.js";

const shown = (value: HeaderValue): unknown => new ShownHeaders([]).of(new Map([["name", value]]))?.["name"];

describe("ShownHeaders", () => {
  it.each<[HeaderValue, unknown]>([
    ["text", "text"],
    [7, 7],
    [true, true],
    [null, null],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Date(Number.NaN), "<no date>"],
    [new Uint8Array(3), "<3 bytes>"],
    [["a"], "<list>"],
    [{ a: 1 }, "<table>"],
    ["x".repeat(300), `${"x".repeat(256)}…`],
  ])("shows %j so that it fits in a line", (value, line) => {
    expect(shown(value)).toEqual(line);
  });

  it("shows 64 of them at most, and nothing of none", () => {
    const many = new Map(Array.from({ length: 100 }, (_, index) => [`h${index}`, index] as const));
    expect(Object.keys(new ShownHeaders([]).of(many) ?? {})).toHaveLength(64);
    expect(new ShownHeaders([]).of(new Map())).toBeUndefined();
    expect(new ShownHeaders([]).of(undefined)).toBeUndefined();
  });

  it("shows no header that is a secret, in whatever case it is written; with * none at all", () => {
    const headers = new Map([
      ["AUTHORIZATION", "a"],
      ["Cookie", "b"],
      ["x-Api-Key", "c"],
      ["X-Mine", "d"],
      ["tenant", "e"],
    ]);
    expect(Object.values(new ShownHeaders(["x-mine"]).of(headers) ?? {})).toEqual([
      "[redacted]",
      "[redacted]",
      "[redacted]",
      "[redacted]",
      "e",
    ]);
    expect(new Set(Object.values(new ShownHeaders(["*"]).of(headers) ?? {}))).toEqual(
      new Set(["[redacted]"]),
    );
  });

  it("takes a header called __proto__ as any other", () => {
    const line = new ShownHeaders([]).of(new Map([["__proto__", "x"]]));
    expect(JSON.stringify(line)).toBe('{"__proto__":"x"}');
  });
});
