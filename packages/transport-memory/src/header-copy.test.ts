import { type HeaderValue, NO_HEADERS, RpcError } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { copyHeaders } from "./header-copy.js";

function copyOf(value: unknown): HeaderValue | undefined {
  return copyHeaders(new Map([["x-test", value as HeaderValue]])).get("x-test");
}

function failure(run: () => unknown): RpcError {
  try {
    run();
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  return expect.unreachable("it did not fail");
}

const circle: Record<string, unknown> = {};
circle["self"] = [circle];

/** Each level has the one below it twice: 2^30 tables, were they counted out. */
let wide: unknown = "leaf";
for (let level = 0; level < 30; level++) wide = { a: wide, b: wide };

describe("copyHeaders", () => {
  it.each<[string, HeaderValue]>([
    ["a text", "text"],
    ["an empty text", ""],
    ["an integer", 2 ** 31],
    ["a fraction", -0.5],
    ["a boolean", false],
    ["null", null],
    ["a date", new Date(86_400_000)],
    ["bytes", new Uint8Array([0, 255])],
    ["an array", [1, "two", [null, true]]],
    ["a table", { a: 1, b: { c: [new Date(0)] } }],
  ])("keeps the type of %s", (_, value) => {
    expect(copyOf(value)).toStrictEqual(value);
  });

  it("shares nothing with the original, however deep", () => {
    const original = { list: [{ bytes: new Uint8Array([1]), date: new Date(1) }] };
    const copy = copyOf(original);
    original.list[0]?.bytes.fill(9);
    original.list[0]?.date.setTime(9);
    original.list.push({ bytes: new Uint8Array(), date: new Date(9) });
    expect(copy).toStrictEqual({ list: [{ bytes: new Uint8Array([1]), date: new Date(1) }] });
  });

  it("gives an own Map even of no headers", () => {
    expect(copyHeaders(NO_HEADERS)).not.toBe(NO_HEADERS);
  });

  it("takes __proto__ for a key like any other", () => {
    const copy = copyOf(JSON.parse('{"__proto__": {"polluted": true}}')) as object;
    expect(Object.keys(copy)).toEqual(["__proto__"]);
    expect("polluted" in copy).toBe(false);
    const headers = copyHeaders(new Map([["__proto__", "a"]]));
    expect([...headers]).toEqual([["__proto__", "a"]]);
  });

  it("takes tables without a prototype", () => {
    expect(copyOf(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 });
  });

  it.each([
    ["undefined", undefined, "undefined"],
    ["a BigInt", 1n, "a bigint"],
    ["a function", () => {}, "a function"],
    ["a symbol", Symbol("s"), "a symbol"],
    ["NaN", Number.NaN, "NaN"],
    ["an infinity", Number.NEGATIVE_INFINITY, "-Infinity"],
    ["an invalid date", new Date(Number.NaN), "a Date that is invalid"],
    ["a date before 1970", new Date(-1), "a Date that is invalid or before 1970"],
    ["a Map", new Map(), "an object of class Map"],
    ["an error", new Error("no"), "an object of class Error"],
    ["a hole in an array", new Array(1), "undefined"],
    ["something nested", { a: [{ b: 1n }] }, "a bigint"],
    ["a circle", circle, "in a circle"],
    ["a key of 256 bytes", { ["k".repeat(256)]: 1 }, "a key of more than 255 bytes"],
  ])("refuses %s, and names the header", (_, value, found) => {
    const error = failure(() => copyOf(value));
    expect(error.code).toBe("BadRequest");
    expect(error.message).toContain('header "x-test"');
    expect(error.message).toContain(found);
  });

  it("refuses a name of more than 255 bytes", () => {
    expect(failure(() => copyHeaders(new Map([["n".repeat(256), 1]]))).code).toBe("BadRequest");
  });

  it.each([
    ["one long text", new Map([["a", "x".repeat(65_536)]])],
    ["many bytes", new Map([["a", new Uint8Array(65_536)]])],
    ["many headers", new Map(Array.from({ length: 8_000 }, (_, index) => [`n${index}`, index]))],
    ["more tables than anybody could count", new Map([["a", wide]])],
  ])("refuses %s as too large", (_, headers) => {
    const error = failure(() => copyHeaders(headers as ReadonlyMap<string, HeaderValue>));
    expect(error.code).toBe("TooLarge");
  });
});
