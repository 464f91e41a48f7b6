import { describe, expect, it } from "vitest";
import { bytesCodec, type Codec, Codecs } from "./content.js";
import { jsonCodec } from "./json-codec.js";
import { NO_BODY } from "./message.js";
import { decodeText, encodeText } from "./text.js";

const badRequest = (message: string | RegExp) =>
  expect.objectContaining({ code: "BadRequest", message: expect.stringMatching(message) });

/** What it throws; an assertion that names the value otherwise. */
function thrownBy(run: () => unknown): unknown {
  let value: unknown;
  try {
    value = run();
  } catch (error) {
    return error;
  }
  throw new Error(`nothing was thrown, but returned: ${String(value)}`);
}

const circular: { self?: unknown } = {};
circular.self = circular;

describe("decodeText", () => {
  it.each(["", "plain", "grüße", "日本", "👋", "\u0000"])("gives back what encodeText made of %j", (text) => {
    expect(decodeText(encodeText(text))).toBe(text);
  });

  it.each([
    ["a lone continuation byte", [0x80]],
    ["a cut off sequence", [0xe2, 0x82]],
    ["an overlong form", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a byte that UTF-8 never has", [0x7b, 0xff, 0x7d]],
  ])("refuses %s", (_, bytes) => {
    expect(thrownBy(() => decodeText(Uint8Array.from(bytes)))).toEqual(badRequest("not valid UTF-8"));
  });

  it("is not stained by what it refused before", () => {
    expect(() => decodeText(Uint8Array.of(0xe2, 0x82))).toThrow();
    expect(decodeText(Uint8Array.of(0x41))).toBe("A");
  });

  it("keeps a byte order mark in the text", () => {
    expect(decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x41))).toBe("\ufeffA");
  });
});

describe("jsonCodec", () => {
  it.each([null, true, 0, -1.5, "", "grüße", [], [1, [2]], {}, { value: 20 }, { __proto__: null }])(
    "gives back what it made of %j",
    (value) => {
      expect(jsonCodec.decode(jsonCodec.encode(value))).toEqual(value);
    },
  );

  it("writes UTF-8 without a byte order mark", () => {
    expect([...jsonCodec.encode("é")]).toEqual([0x22, 0xc3, 0xa9, 0x22]);
  });

  it("refuses a circular value, saying why in one line", () => {
    const error = thrownBy(() => jsonCodec.encode(circular)) as Error;
    expect(error).toEqual(badRequest(/cannot be encoded as JSON: .*circular/i));
    expect(error.message).not.toContain("\n");
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  it.each([
    ["a BigInt", 1n, /BigInt/],
    ["undefined", undefined, "of type undefined"],
    ["a function", () => 1, "of type function"],
    ["a symbol", Symbol("s"), "of type symbol"],
    ["a toJSON that throws", { toJSON: () => raise(new Error("not today")) }, "not today"],
    ["a toJSON that throws a text", { toJSON: () => raise("not today") }, "not today"],
    [
      "a toJSON that throws what has no text",
      { toJSON: () => raise(Object.create(null)) },
      "cannot be encoded",
    ],
  ])("refuses to encode %s", (_, value: unknown, why) => {
    expect(thrownBy(() => jsonCodec.encode(value))).toEqual(badRequest(why));
  });

  it.each(["", " ", "NaN", "{'a':1}", "{", "[1,]", '"', "undefined", "1 2", "\ufeff{}", "{}\u0000"])(
    "refuses to decode %j",
    (text) => {
      expect(thrownBy(() => jsonCodec.decode(encodeText(text)))).toEqual(
        badRequest("^the body is not valid JSON$"),
      );
    },
  );

  it("refuses what is not UTF-8", () => {
    expect(thrownBy(() => jsonCodec.decode(Uint8Array.of(0x22, 0xff, 0x22)))).toEqual(
      badRequest("not valid UTF-8"),
    );
  });

  it("does not repeat a stranger's data in its message", () => {
    const error = thrownBy(() => jsonCodec.decode(encodeText("{secret}"))) as Error;
    expect(error.message).not.toContain("secret");
  });
});

describe("bytesCodec", () => {
  it("takes and gives bytes as they are", () => {
    const bytes = Uint8Array.of(0, 255);
    expect(bytesCodec.encode(bytes)).toBe(bytes);
    expect(bytesCodec.decode(bytes)).toBe(bytes);
  });

  it("takes undefined for no bytes", () => {
    expect(bytesCodec.encode(undefined)).toBe(NO_BODY);
  });

  it.each([["text"], [1], [null], [[1, 2]], [new ArrayBuffer(1)]])("refuses %j", (value: unknown) => {
    expect(thrownBy(() => bytesCodec.encode(value))).toEqual(badRequest("expected a Uint8Array"));
  });
});

describe("Codecs", () => {
  const codecs = new Codecs();

  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
    "Application/JSON",
    " application/json ",
    "application/problem+json",
    "application/vnd.api+json; version=1",
    "APPLICATION/HAL+JSON",
  ])("finds JSON for %j", (contentType) => {
    expect(codecs.find(contentType)).toBe(jsonCodec);
  });

  it("finds bytes", () => {
    expect(codecs.find("application/octet-stream")).toBe(bytesCodec);
  });

  it.each([undefined, "", ";", "text/plain", "application/jsonx", "json", "__proto__", "constructor"])(
    "finds nothing for %j",
    (contentType) => {
      expect(codecs.find(contentType)).toBeUndefined();
    },
  );

  it("finds what it was given, and what replaces its own", () => {
    const text: Codec = { contentType: "text/plain", encode: () => NO_BODY, decode: () => "text" };
    const otherJson: Codec = {
      contentType: "application/json",
      encode: () => NO_BODY,
      decode: () => "other",
    };
    const more = new Codecs([text, otherJson]);
    expect(more.find("text/plain; charset=utf-8")).toBe(text);
    expect(more.find("application/json")).toBe(otherJson);
    expect(more.find("application/problem+json")).toBe(otherJson);
    expect(codecs.find("text/plain")).toBeUndefined();
  });
});

function raise(thrown: unknown): never {
  throw thrown;
}
