import { type Headers, type HeaderValue, NO_HEADERS, RpcError } from "@porthos-rpc/protocol";
import { describe, expect, test } from "vitest";
import { driverCodec, encodedTable } from "../test/driver-codec.js";
import { encodeHeaders } from "./header-encode.js";

function headersOf(value: unknown, name = "h"): Headers {
  return new Map([[name, value as HeaderValue]]);
}

/** The type tag and the bytes behind the name of a table's only header. */
function wire(value: unknown): { tag: string; bytes: Buffer } {
  const table = encodedTable(encodeHeaders(headersOf(value)).table as object);
  return { tag: String.fromCharCode(table[6] as number), bytes: table.subarray(7) };
}

describe("encodeHeaders", () => {
  test.each([0, 1, 127, 200, -1, 40_000, 2_147_483_647, -2_147_483_648])("%d travels as int32", (value) => {
    const { tag, bytes } = wire(value);
    expect(tag).toBe("I");
    expect(bytes.readInt32BE(0)).toBe(value);
  });

  test.each([2_147_483_648, -2_147_483_649, Number.MAX_SAFE_INTEGER, -(2 ** 62)])(
    "%d travels as int64",
    (value) => {
      const { tag, bytes } = wire(value);
      expect(tag).toBe("l");
      expect(bytes.readBigInt64BE(0)).toBe(BigInt(value));
    },
  );

  test.each([1.5, -0.25, 2 ** 63, 1e300, Number.MIN_VALUE])("%d travels as double", (value) => {
    const { tag, bytes } = wire(value);
    expect(tag).toBe("d");
    expect(bytes.readDoubleBE(0)).toBe(value);
  });

  test.each<[string, HeaderValue, string]>([
    ["a text", "Grüße", "S"],
    ["true", true, "t"],
    ["null", null, "V"],
    ["bytes", new Uint8Array([0, 255]), "x"],
    ["a date", new Date(1_000_000_000_000), "T"],
    ["a list", [1, "two"], "A"],
    ["a table", { a: 1 }, "F"],
  ])("%s has its AMQP type", (_, value, tag) => {
    expect(wire(value).tag).toBe(tag);
  });

  test("a date travels as whole seconds since 1970", () => {
    expect(wire(new Date(1_999)).bytes.readBigUInt64BE(0)).toBe(1n);
  });

  test("the size it tells is the size that amqplib writes", () => {
    const headers: Headers = new Map<string, HeaderValue>([
      ["X-Method", "addOne"],
      ["ünï", "Grüße"],
      ["n", 1],
      ["big", 2 ** 40],
      ["f", 0.5],
      ["yes", true],
      ["none", null],
      ["bytes", new Uint8Array(10)],
      ["date", new Date(5_000)],
      ["list", [1, [2, { three: "3" }]]],
      ["table", { a: { "!": "int32", value: 1 }, b: [] }],
    ]);
    const { table, bytes } = encodeHeaders(headers);
    expect(encodedTable(table as object)).toHaveLength(bytes);
    expect(encodeHeaders(NO_HEADERS).bytes).toBe(4);
  });

  test("names and keys that are special to amqplib or to JavaScript are names like any other", () => {
    const value = { "!": "int32", value: "no number", ["__proto__"]: 1, constructor: 2 };
    const table = encodeHeaders(
      new Map<string, HeaderValue>([
        ["!", value],
        ["__proto__", "x"],
      ]),
    ).table as object;
    const bytes = encodedTable(table);
    expect(bytes.includes("\u0009__proto__S")).toBe(true);
    const decoded = driverCodec.decodeFields(bytes.subarray(4));
    expect(Object.keys(decoded["!"] as object)).toEqual(["!", "value", "constructor"]);
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  test("one Map is encoded once", () => {
    const headers = headersOf("v");
    expect(encodeHeaders(headers)).toBe(encodeHeaders(headers));
  });

  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  test.each<[string, unknown]>([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["a BigInt", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["undefined", undefined],
    ["a circular table", circular],
    ["a Map", new Map()],
    ["an object of a class", new URL("http://localhost")],
    ["an invalid date", new Date(Number.NaN)],
    ["a date before 1970", new Date(-1)],
    ["a list that holds NaN", [Number.NaN]],
    ["a table with a name of 256 bytes", { ["k".repeat(256)]: 1 }],
  ])("%s is refused as BadRequest, naming the header", (_, value) => {
    expect(() => encodeHeaders(headersOf(value, "X-Bad"))).toThrow(
      expect.objectContaining({ code: "BadRequest", message: expect.stringContaining('"X-Bad"') }),
    );
  });

  test.each(["CC", "BCC"])("%s is refused: the broker would send to the queues it names", (name) => {
    expect(() => encodeHeaders(headersOf(["other"], name))).toThrow(RpcError);
  });

  test("a name of 255 bytes is taken, one of 256 is refused", () => {
    expect(encodeHeaders(headersOf(1, "n".repeat(255))).bytes).toBe(4 + 1 + 255 + 5);
    expect(() => encodeHeaders(headersOf(1, "n".repeat(256)))).toThrow(/longer than 255 bytes/);
  });
});
