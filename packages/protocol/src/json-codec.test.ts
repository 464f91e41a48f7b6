import { describe, expect, it } from "vitest";
import { Codecs } from "./content.js";
import { RpcError } from "./errors.js";
import { JsonCodec, jsonCodec } from "./json-codec.js";
import { encodeText } from "./text.js";

const LIMITS = { maxJsonDepth: 2, maxJsonKeys: 3 };

function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof RpcError) return `${error.code}: ${error.message}`;
  }
  return "it was taken";
}

describe("JSON within limits", () => {
  const strict = jsonCodec.within?.(LIMITS) ?? jsonCodec;

  it("is neither read nor written beyond them", () => {
    const deep = [[[{}]]];
    const wide = [
      { a: 1, b: 2 },
      { a: 1, b: 2 },
    ];
    for (const act of [() => strict.encode(deep), () => strict.decode(encodeText(JSON.stringify(deep)))]) {
      expect(messageOf(act)).toMatch(/^BadRequest: .*deeper than 2 levels \(maxJsonDepth\)/);
    }
    for (const act of [() => strict.encode(wide), () => strict.decode(encodeText(JSON.stringify(wide)))]) {
      expect(messageOf(act)).toMatch(/^BadRequest: .*more than 3 keys \(maxJsonKeys\)/);
    }
    expect(strict.decode(strict.encode([{ a: 1, b: 2, c: 3 }]))).toEqual([{ a: 1, b: 2, c: 3 }]);
  });

  it("has no keys that could reach a prototype, in either direction", () => {
    for (const text of ['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}']) {
      expect(messageOf(() => jsonCodec.decode(encodeText(text)))).toMatch(/^BadRequest: .*__proto__/);
      expect(messageOf(() => jsonCodec.encode(JSON.parse(text)))).toMatch(/^BadRequest: .*__proto__/);
      expect(({} as { admin?: unknown }).admin).toBeUndefined();
    }
    expect(jsonCodec.decode(encodeText('{"constructor":1}'))).toEqual({ constructor: 1 });
  });

  it("does not repeat what it refuses", () => {
    const secret = `{"secret":${"[".repeat(100)}${"]".repeat(100)}}`;
    expect(messageOf(() => jsonCodec.decode(encodeText(secret)))).not.toContain("secret");
  });

  it("is the same codec where they are the same", () => {
    expect(jsonCodec.within?.({ maxJsonDepth: 64, maxJsonKeys: 10_000 })).toBe(jsonCodec);
    expect(strict).toBeInstanceOf(JsonCodec);
  });
});

it("codecs by content type keep to the limits of their owner", () => {
  const codecs = new Codecs([], LIMITS);
  for (const type of ["application/json", "application/problem+json; charset=utf-8"]) {
    expect(messageOf(() => codecs.find(type)?.decode(encodeText("[[[]]]")))).toContain("maxJsonDepth");
  }
  expect(messageOf(() => codecs.json.encode([[[]]]))).toContain("maxJsonDepth");
});
