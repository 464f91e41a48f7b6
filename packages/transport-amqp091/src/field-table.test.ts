import { describe, expect, test } from "vitest";
import { encodedTable } from "../test/driver-codec.js";
import { nestedTable } from "../test/raw-frames.js";
import { FieldTableReader } from "./field-table.js";

function read(table: object): Map<string, unknown> {
  return new FieldTableReader(encodedTable(table), 0).headers();
}

describe("FieldTableReader", () => {
  test.each<[string, number]>([
    ["int8", -1],
    ["uint8", 255],
    ["int16", -2],
    ["uint16", 65_535],
    ["int32", -3],
    ["uint32", 4_294_967_295],
    ["int64", -(2 ** 40)],
    ["float", 0.5],
    ["double", 0.1],
  ])("%s is a number", (type, value) => {
    expect(read({ n: { "!": type, value } }).get("n")).toBe(value);
  });

  test("all other types have their JavaScript form", () => {
    const headers = read({
      text: "Grüße",
      yes: true,
      no: false,
      none: null,
      bytes: Buffer.from([1, 2]),
      date: { "!": "timestamp", value: 5 },
      decimal: { "!": "decimal", value: { places: 2, digits: 150 } },
      list: ["a", ["b"], {}],
      table: { a: { b: "c" } },
    });
    expect(Object.fromEntries(headers)).toEqual({
      text: "Grüße",
      yes: true,
      no: false,
      none: null,
      bytes: new Uint8Array([1, 2]),
      date: new Date(5_000),
      decimal: 1.5,
      list: ["a", ["b"], {}],
      table: { a: { b: "c" } },
    });
    expect(headers.get("bytes")).not.toBeInstanceOf(Buffer);
  });

  test("a time that no Date can hold stays a number", () => {
    expect(read({ t: { "!": "timestamp", value: 2 ** 50 } }).get("t")).toBe(2 ** 50);
  });

  test("__proto__ is a name like any other, at the top and within", () => {
    const table = Object.assign(Object.create(null), {
      ["__proto__"]: Object.assign(Object.create(null), { ["__proto__"]: 1 }),
    });
    const inner = read(table).get("__proto__") as object;
    expect(Object.getPrototypeOf(inner)).toBeNull();
    expect(Object.keys(inner)).toEqual(["__proto__"]);
  });

  test("64 levels are read; more are refused without recursion into them", () => {
    expect(new FieldTableReader(nestedTable(64), 0).headers().size).toBe(1);
    expect(() => new FieldTableReader(nestedTable(65), 0).headers()).toThrow(/nested deeper than 64/);
    expect(() => new FieldTableReader(nestedTable(8_000), 0).headers()).toThrow(/nested deeper than 64/);
  });

  test("an unknown type is refused", () => {
    const bytes = Buffer.from([0, 0, 0, 3, 1, 0x61, 0x3f]);
    expect(() => new FieldTableReader(bytes, 0).headers()).toThrow(/unknown type 0x3f/);
  });

  test("bytes that are cut anywhere or changed anywhere are read or refused, and nothing else happens", () => {
    const whole = encodedTable({
      a: "text",
      b: [1, { c: Buffer.from("x") }],
      d: { "!": "timestamp", value: 1 },
      e: 0.5,
    });
    const attempt = (bytes: Buffer): void => {
      try {
        new FieldTableReader(bytes, 0).headers();
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    };
    for (let end = 0; end < whole.length; end++) attempt(whole.subarray(0, end));
    for (let at = 0; at < whole.length; at++) {
      for (const value of [0, 1, 0x41, 0x46, 0x7f, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = value;
        attempt(changed);
      }
    }
  });
});
