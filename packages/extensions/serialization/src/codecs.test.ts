import { type Codec, Codecs, codecWithin, RpcError } from "@porthos-rpc/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cbor, messagePack } from "./index.js";

const CODECS = [
  ["MessagePack", messagePack()],
  ["CBOR", cbor()],
] as const;

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

function refusalOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error instanceof RpcError ? `${error.code}: ${error.message}` : error;
  }
}

/** What both can say. -0 arrives as 0, halves of pairs as U+FFFD. */
const values = (bigints: fc.Arbitrary<bigint>, ...more: fc.Arbitrary<unknown>[]) => {
  const text = fc.string({ unit: "grapheme" });
  const name = text.filter((each) => !["__proto__", "constructor"].includes(each));
  return fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: "small" },
      fc.constant(null),
      fc.boolean(),
      text,
      fc.double().filter((each) => !Object.is(each, -0)),
      fc.maxSafeInteger(),
      bigints,
      fc.uint8Array(),
      fc.date({ noInvalidDate: true }),
      fc.array(tie("any")),
      fc.dictionary(name, tie("any"), { noNullPrototype: true }),
      ...more,
    ),
  })).any;
};

describe.each(CODECS)("%s", (name, codec) => {
  it("brings back what it was given: bytes, dates, bigints and all", () => {
    const maps = fc.array(fc.tuple(fc.oneof(fc.string(), fc.maxSafeInteger()), fc.boolean()));
    const any =
      name === "CBOR"
        ? values(
            fc.bigInt(),
            maps.map((entries) => new Map(entries)),
          )
        : values(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }));
    void fc.assert(
      fc.property(any, (value) => {
        expect(codec.decode(codec.encode(value))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it("reads whatever a stranger sends as a value or as a bad request, and in no time", () => {
    const good = codec.encode({ a: [1, "text", { b: new Uint8Array(3), at: new Date(0) }, 5n] });
    const spoilt = fc
      .tuple(fc.nat(good.length - 1), fc.nat(255))
      .map(([at, byte]) => good.map((old, index) => (index === at ? byte : old)));
    void fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), spoilt), (body) => {
        try {
          codec.decode(body);
        } catch (error) {
          expect(error).toMatchObject({ code: "BadRequest" });
          expect((error as Error).message).toMatch(/^the body('s| is not valid) /);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("holds the limits of who uses it, in both directions", () => {
    const nested = (depth: number): unknown => {
      let value: unknown = 1;
      for (let n = 0; n < depth; n++) value = [value];
      return value;
    };
    const loose = codecWithin(codec, { maxJsonDepth: 1_000, maxJsonKeys: 1_000_000 });
    const tight = codecWithin(codec, { maxJsonDepth: 4, maxJsonKeys: 3 });
    expect(tight.decode(tight.encode(nested(4)))).toEqual(nested(4));
    expect(() => codec.encode(nested(65))).toThrow("too deep");
    expect(() => tight.decode(loose.encode(nested(5)))).toThrow("deeper than 4 levels (maxJsonDepth)");
    expect(() => codec.decode(loose.encode(nested(65)))).toThrow("deeper than 64 levels");
    expect(loose.decode(loose.encode(nested(1_000)))).toEqual(nested(1_000));
    const keys = { a: { b: 1 }, c: 2, d: 3 };
    expect(() => tight.encode(keys)).toThrow("more than 3 keys (maxJsonKeys)");
    expect(() => tight.decode(loose.encode(keys))).toThrow("more than 3 keys (maxJsonKeys)");
  });

  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["a hole", [1, undefined]],
    ["a function", () => 1],
    ["a symbol", { a: Symbol("x") }],
    ["a Set", new Set()],
    ["a class", new URL("https://host/")],
    ["a Date that is none", new Date(Number.NaN)],
    ["numbers in another form", new Float32Array(1)],
    ["a bigint without an end", 2n ** 50_000n],
    ["a name __proto__", JSON.parse('{"__proto__":1}')],
    ["a constructor with a prototype", { constructor: { prototype: 1 } }],
  ])("refuses to send %s, and says so", (_what, value) => {
    expect(refusalOf(() => codec.encode(value))).toMatch(
      new RegExp(`^BadRequest: the value cannot be sent as ${name}: `),
    );
  });

  it("refuses a circle, and a value that cannot be read", () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(refusalOf(() => codec.encode(circle))).toMatch(/too deep/);
    const trap = {
      get a() {
        throw new Error("private");
      },
    };
    expect(refusalOf(() => codec.encode(trap))).toBe(
      `BadRequest: the value cannot be sent as ${name}: reading it failed`,
    );
  });

  it("leaves out members that are undefined, as JSON does, and keeps the order of the others", () => {
    const value = codec.decode(codec.encode({ zz: 1, a: undefined, b: 2 })) as object;
    expect(Object.entries(value)).toEqual([
      ["zz", 1],
      ["b", 2],
    ]);
  });

  it("lets no key reach a prototype", () => {
    const loose = (text: string): Uint8Array => {
      const long = codec.encode(
        JSON.parse(text.replaceAll("__proto__", "__prot0__").replaceAll("prototype", "prot0type")),
      );
      return Uint8Array.from(
        Buffer.from(Buffer.from(long).toString("latin1").replaceAll("prot0", "proto"), "latin1"),
      );
    };
    for (const text of [
      '{"__proto__":{"a":1}}',
      '[{"b":{"__proto__":1}}]',
      '{"constructor":{"prototype":{}}}',
    ])
      expect(() => codec.decode(loose(text))).toThrow(expect.objectContaining({ code: "BadRequest" }));
    expect(codec.decode(loose('{"prototype":1,"constructor":2}'))).toEqual({ prototype: 1, constructor: 2 });
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it("is found by its content type among the codecs of a server", () => {
    const codecs = new Codecs([codec as Codec]);
    expect(codecs.find(`${codec.contentType}; v=1`)?.decode(codec.encode(7))).toBe(7);
  });
});

describe("messagePack", () => {
  it.each<[string, string, RegExp]>([
    ["nothing", "", /cut short/],
    ["billions of items", "dd ffffffff", /cut short/],
    ["billions of members", "df ffffffff", /more than 10000 keys|cut short/],
    ["a text longer than the body", "db ffffffff 61", /cut short/],
    ["two values", "01 02", /more after its end/],
    ["a byte that means nothing", "c1", /0xc1/],
    ["an extension of somebody's", "d4 05 00", /extension type that nobody knows/],
    ["a time in the far future", "c7 0c ff 00000000 7fffffffffffffff", /not valid MessagePack/],
    ["a time of another length", "d5 ff 0000", /not valid MessagePack/],
  ])("refuses %s", (_what, bytes, words) => {
    expect(refusalOf(() => messagePack().decode(hex(bytes)))).toMatch(words);
  });

  it("takes numbers of 64 bits as bigint, and what others call it as well", () => {
    expect(messagePack().decode(hex("cf 0000000000000005"))).toBe(5n);
    expect(messagePack().decode(hex("d3 ffffffffffffffff"))).toBe(-1n);
    const codec = messagePack({ contentType: "application/vnd.msgpack" });
    expect(codec.contentType).toBe("application/vnd.msgpack");
    expect(refusalOf(() => codec.encode(2n ** 64n))).toMatch(/a bigint is too large/);
    expect(refusalOf(() => codec.encode(new Map()))).toMatch(/neither plain nor an array/);
  });
});

describe("cbor", () => {
  it.each<[string, string, RegExp]>([
    ["nothing", "", /cut short/],
    ["billions of items", "9b 00000000ffffffff", /cut short/],
    ["more than a number can say", "9b ffffffffffffffff", /cut short/],
    ["a text without an end", "7f 61 61 ff", /a length that it does not say/],
    ["two values", "01 02", /more after its end/],
    ["tags in tags", "c6".repeat(100), /cut short|deeper than 64/],
    ["a tag that nobody knows", "d9 ffff 01", /not valid CBOR/],
    ["a time that is a text", "c1 61 61", /not valid CBOR/],
    ["a time that is none", "c1 f9 7e00", /not valid CBOR/],
    ["a bigint that is a text", "c2 61 61", /not valid CBOR/],
    ["a name that is a number", "a1 01 02", /not valid CBOR/],
    ["a name twice", "a2 6161 01 6161 02", /not valid CBOR/],
    ["a map that is none", "d9 0103 01", /not valid CBOR/],
    ["a simple value of somebody's", "f8 ff", /simple value that nobody knows/],
  ])("refuses %s", (_what, bytes, words) => {
    expect(refusalOf(() => cbor().decode(hex(bytes)))).toMatch(words);
  });

  it("reads what others write: whole numbers of any width, times in whole seconds", () => {
    expect(cbor().decode(hex("1b 0000000000000005"))).toBe(5);
    expect(cbor().decode(hex("1b ffffffffffffffff"))).toBe(18_446_744_073_709_551_615n);
    expect(cbor().decode(hex("c1 1a 514b67b0"))).toEqual(new Date(1_363_896_240_000));
    for (const ms of [4_406_477_699_660_271, -8_639_999_999_999_999, 8_639_999_999_999_999, 1, -1])
      expect(cbor().decode(cbor().encode(new Date(ms)))).toEqual(new Date(ms));
  });
});
