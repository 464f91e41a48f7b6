import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Codecs, codecWithin } from "./content.js";
import { RpcError } from "./errors.js";
import { jsonCodec } from "./json-codec.js";
import { decodeText, encodeText } from "./text.js";
import { valuesCodec } from "./values-codec.js";

function written(value: unknown): string {
  return decodeText(valuesCodec.encode(value));
}

function read(text: string): unknown {
  return valuesCodec.decode(encodeText(text));
}

function codeOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof RpcError ? `${error.code}: ${error.message}` : error;
  }
}

/**
 * Whether two values are the same, in the same order. Not toStrictEqual, which does not look at the order in maps and
 * sets, and takes exponential time for keys that are maps.
 */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Date) return a.getTime() === (b as Date).getTime();
  const [left, right] = [partsOf(a), partsOf(b)];
  return left.length === right.length && left.every((part, index) => same(part, right[index]));
}

function partsOf(value: object): readonly unknown[] {
  const parts: Iterable<unknown> =
    Symbol.iterator in value ? (value as Iterable<unknown>) : Object.entries(value);
  return [...parts];
}

/** A value in `depth` others. */
function nested(depth: number, around: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let n = 0; n < depth; n++) value = around(value);
  return value;
}

describe("valuesCodec", () => {
  it.each<[string, unknown]>([
    ['{"$date":1767225600000}', new Date(1_767_225_600_000)],
    ['{"$date":-1}', new Date(-1)],
    ['{"$bigint":"-12"}', -12n],
    ['{"$bigint":"0"}', 0n],
    [
      '{"$map":[["a",1],[{"b":2},{"$map":[]}]]}',
      new Map<unknown, unknown>([
        ["a", 1],
        [{ b: 2 }, new Map()],
      ]),
    ],
    ['{"$set":[1,"a"]}', new Set([1, "a"])],
    ['{"$bytes":"AP8="}', Uint8Array.of(0, 255)],
    ['{"$bytes":""}', new Uint8Array()],
    ['{"$undefined":true}', undefined],
    ['{"$number":"NaN"}', Number.NaN],
    ['{"$number":"Infinity"}', Number.POSITIVE_INFINITY],
    ['{"$number":"-Infinity"}', Number.NEGATIVE_INFINITY],
    ['{"$number":"-0"}', -0],
    ['[1,"a",true,null,{"b":[]}]', [1, "a", true, null, { b: [] }]],
    ['{"$$date":1}', { $date: 1 }],
    ['{"$$":1,"$$$":2,"$$$a":3,"a$":4}', { $: 1, $$: 2, $$a: 3, a$: 4 }],
    ['{"a":{"$undefined":true}}', { a: undefined }],
    ['"$date"', "$date"],
    ['"\\ud800 \\u0000 ä"', "\ud800 \u0000 ä"],
  ])("writes and reads %s as documented", (text, value) => {
    expect(written(value)).toBe(text);
    expect(read(text)).toStrictEqual(value);
  });

  it("gives back whatever it was given", { timeout: 30_000 }, () => {
    const name = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("constructor", "$", "$$", "$date", "toJSON"),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.double(),
          fc.integer(),
          fc.bigInt(),
          fc.boolean(),
          fc.constantFrom(null, undefined, -0),
          fc.date({ noInvalidDate: true }),
          fc.uint8Array(),
        ),
        fc.array(tie("value"), { maxLength: 5 }),
        fc.dictionary(name, tie("value"), { noNullPrototype: true, maxKeys: 5 }),
        fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 5 }).map((entries) => new Map(entries)),
        fc.array(tie("value"), { maxLength: 5 }).map((items) => new Set(items)),
      ),
    }));
    void fc.assert(
      fc.property(value, (given) => {
        const back = valuesCodec.decode(valuesCodec.encode(given));
        expect(same(back, given)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("never fails but with a BadRequest, and never reads what it would not write, whatever JSON it is given", () => {
    const tag = fc.constantFrom(
      "$date",
      "$bigint",
      "$map",
      "$set",
      "$bytes",
      "$undefined",
      "$number",
      "$other",
      "$$a",
      "a",
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(
          null,
          true,
          0,
          -1,
          1.5,
          8.64e15,
          8.64e15 + 2,
          "",
          "NaN",
          "-0",
          "12",
          "-12",
          "AP8=",
          "AP8",
        ),
        fc.array(tie("json"), { maxLength: 3 }),
        fc.dictionary(tag, tie("json"), { maxKeys: 2 }),
      ),
    }));
    void fc.assert(
      fc.property(json, (given) => {
        const body = encodeText(JSON.stringify(given));
        let value: unknown;
        try {
          value = valuesCodec.decode(body);
        } catch (error) {
          expect(error).toMatchObject({ code: "BadRequest" });
          return;
        }
        expect(same(valuesCodec.decode(valuesCodec.encode(value)), value)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("takes objects without prototype, bytes of a subclass and holes, and gives plain ones", () => {
    const bare = Object.assign(Object.create(null), { a: 1 }) as object;
    expect(read(written(bare))).toStrictEqual({ a: 1 });
    expect(read(written(Buffer.from([1])))).toStrictEqual(Uint8Array.of(1));
    // biome-ignore lint/suspicious/noSparseArray: the hole is the question
    expect(read(written([, 1]))).toStrictEqual([undefined, 1]);
  });

  it("takes the same value twice: only circles are refused", () => {
    const shared = { at: new Date(0) };
    expect(read(written([shared, shared]))).toStrictEqual([shared, shared]);
  });

  it("writes and reads long bytes and numbers", () => {
    const bytes = Uint8Array.from({ length: 100_000 }, (_, n) => n % 256);
    expect(read(written(bytes))).toStrictEqual(bytes);
    const digits = BigInt(`-${"9".repeat(10_000)}`);
    expect(read(written(digits))).toBe(digits);
    expect(codeOf(() => written(digits * 10n))).toMatch(
      /^BadRequest: .* a bigint of more than 10000 digits$/,
    );
  });

  const circle: unknown[] = [];
  circle.push({ circle });

  it.each<[string, unknown, string]>([
    ["a function", { f: () => 1 }, "a function"],
    ["a symbol", [Symbol("s")], "a symbol"],
    ["a symbol for a name", { [Symbol("s")]: 1 }, "an object with symbols for names"],
    ["a circle", circle, "a circle"],
    ["an invalid Date", new Date(Number.NaN), "an invalid Date"],
    ["an object of a class", new (class A {})(), "an object of a class"],
    ["an Error", new Error("x"), "an object of a class"],
    ["a RegExp", /x/, "an object of a class"],
    ["bytes that are no Uint8Array", new Uint16Array(1), "an object of a class"],
    ["an ArrayBuffer", new ArrayBuffer(1), "an object of a class"],
    ["a boxed number", Object(1), "an object of a class"],
    ["a promise", Promise.resolve(), "an object of a class"],
    ["a value in more than 64 others", nested(65, (inner) => [inner]), "more than 64 levels"],
  ])("refuses to write %s", (_title, value, why) => {
    expect(codeOf(() => written(value))).toBe(`BadRequest: the value cannot be encoded: it holds ${why}`);
  });

  it("refuses what cannot be read, with what it threw", () => {
    const cause = new Error("trap");
    const hostile = {
      get a(): never {
        throw cause;
      },
    };
    expect(() => valuesCodec.encode(hostile)).toThrow(
      expect.objectContaining({
        code: "BadRequest",
        message: "the value cannot be encoded: reading it failed",
        cause,
      }),
    );
  });

  it.each<[string, (inner: unknown) => unknown]>([
    ["arrays", (inner) => [inner]],
    ["objects", (inner) => ({ inner })],
    ["sets", (inner) => new Set([inner])],
    ["maps", (inner) => new Map([[inner, 1]])],
  ])("writes and reads a value in 64 %s, and no deeper", (_title, around) => {
    const deep = nested(64, around);
    expect(read(written(deep))).toStrictEqual(deep);
    expect(codeOf(() => written(around(deep)))).toContain("more than 64 levels");
    const text = written(deep).replace("1", written(around(1)));
    expect(codeOf(() => read(text))).toMatch(/more than 64 levels|deeper than 193 levels/);
  });

  it.each([
    '{"$date":"2026-01-01"}',
    '{"$date":1.5}',
    '{"$date":8640000000000001}',
    '{"$date":null}',
    '{"$bigint":12}',
    '{"$bigint":""}',
    '{"$bigint":"0x10"}',
    '{"$bigint":"-0"}',
    '{"$bigint":"+1"}',
    '{"$bigint":"012"}',
    '{"$bigint":" 1"}',
    `{"$bigint":"${"9".repeat(10_001)}"}`,
    '{"$map":{}}',
    '{"$map":[1]}',
    '{"$map":[[1]]}',
    '{"$map":[[1,2,3]]}',
    '{"$set":{}}',
    '{"$set":"a"}',
    '{"$bytes":1}',
    '{"$bytes":"AP8"}',
    '{"$bytes":"AP 8="}',
    '{"$bytes":"A==="}',
    '{"$bytes":"===="}',
    '{"$bytes":"AP_-"}',
    '{"$undefined":null}',
    '{"$number":"1"}',
    '{"$number":0}',
    '{"$number":"constructor"}',
    '{"$other":1}',
    '{"$":1}',
    '{"$date":1,"a":2}',
    '{"a":1,"$date":2}',
    '{"$date":1,"$set":[]}',
    '{"$toString":1}',
    "1e999",
    "[-1e999]",
    "",
    "{",
    "\ufeff1",
    '{"a":{"$set":[{"$map":[[{"$nope":1},2]]}]}}',
  ])("refuses to read %s", (text) => {
    expect(codeOf(() => read(text))).toMatch(
      /^BadRequest: the (value cannot be decoded: it holds|body is not valid JSON)/,
    );
  });

  it("refuses what is nested without end", () => {
    const text = "[".repeat(1_000_000) + "]".repeat(1_000_000);
    expect(codeOf(() => read(text))).toContain("deeper than 193 levels");
  });

  it("refuses what is not UTF-8", () => {
    expect(() => valuesCodec.decode(Uint8Array.of(0x22, 0xff, 0x22))).toThrow("not valid UTF-8");
  });

  it("does not repeat a stranger's data in its message", () => {
    for (const text of ["{secret}", '{"$secret":1}', '{"$date":"secret"}', '{"$bytes":"secret!"}']) {
      expect(codeOf(() => read(text))).not.toContain("secret");
    }
  });

  it.each(['{"__proto__":{"admin":true}}', '{"$map":[[1,{"constructor":{"prototype":{}}}]]}'])(
    "takes no names that could reach a prototype: neither reads nor writes %s",
    (text) => {
      expect(codeOf(() => read(text))).toMatch(/^BadRequest: .*__proto__/);
      expect(codeOf(() => written(JSON.parse(text)))).toMatch(/^BadRequest: .*__proto__/);
    },
  );

  it("counts the names of members, and not its own tags", () => {
    const dates = Array.from({ length: 20_000 }, (_, ms) => new Date(ms));
    expect(read(written(dates))).toEqual(dates);
    const members = Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`k${n}`, 1]));
    expect(codeOf(() => written(members))).toContain("more than 10000 keys");
    expect(codeOf(() => read(JSON.stringify(members)))).toContain("more than 10000 keys");
  });

  it("keeps to the limits of who uses it", () => {
    const strict = codecWithin(valuesCodec, { maxJsonDepth: 2, maxJsonKeys: 1 });
    expect(strict.contentType).toBe(valuesCodec.contentType);
    expect(strict.decode(strict.encode(new Map([[1, { a: 1 }]])))).toEqual(new Map([[1, { a: 1 }]]));
    expect(codeOf(() => strict.encode([[[]]]))).toContain("more than 2 levels");
    expect(codeOf(() => strict.decode(encodeText("[[[]]]")))).toContain("more than 2 levels");
    expect(codeOf(() => strict.decode(encodeText('[{"a":1},{"b":1}]')))).toContain("more than 1 keys");
  });

  it("is told from JSON by a peer that does not have it", () => {
    expect(new Codecs().find(valuesCodec.contentType)).toBeUndefined();
    expect(new Codecs([valuesCodec]).find("application/vnd.porthos.values; v=1")).toBe(valuesCodec);
    expect(new Codecs([valuesCodec]).find("application/json")).toBe(jsonCodec);
  });
});
