import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkJsonLimits, DEFAULT_JSON_LIMITS, jsonFault } from "./json-limits.js";
import { encodeText } from "./text.js";

const DEEP = /deeper than \d+ levels \(maxJsonDepth\)/;
const MANY = /more than \d+ keys \(maxJsonKeys\)/;

function faultOf(text: string, limits = DEFAULT_JSON_LIMITS): string | undefined {
  return jsonFault(encodeText(text), limits);
}

function members(count: number): string {
  return JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [n.toString(36), 0])));
}

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function keysOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, member) => sum + keysOf(member), own);
}

describe("jsonFault", () => {
  it("takes 64 levels, and no more", () => {
    expect(faultOf("[".repeat(64) + "]".repeat(64))).toBeUndefined();
    expect(faultOf(`${'{"":'.repeat(64)}0${"}".repeat(64)}`)).toBeUndefined();
    expect(faultOf("[".repeat(65) + "]".repeat(65))).toMatch(DEEP);
    expect(faultOf(`${'{"":'.repeat(65)}0${"}".repeat(65)}`)).toMatch(DEEP);
  });

  it("takes 10,000 keys, of all objects together, and no more", () => {
    expect(faultOf(members(10_000))).toBeUndefined();
    expect(faultOf(members(10_001))).toMatch(MANY);
    expect(faultOf(`[${members(5_000)},${members(5_001)}]`)).toMatch(MANY);
    expect(faultOf(JSON.stringify(Array.from({ length: 100_000 }, () => ":")))).toBeUndefined();
  });

  it("counts no key of the shortest form too little", () => {
    const shortest = (keys: number): string => `[{${Array(keys).fill('"":0').join(",")}}]`;
    const limits = { maxJsonDepth: 1_000, maxJsonKeys: 3 };
    expect(faultOf(shortest(3), limits)).toBeUndefined();
    expect(faultOf(shortest(4), limits)).toMatch(MANY);
  });

  it("sees no brackets and colons in strings, whatever they hold", () => {
    const long = '[{:\\"'.repeat(1_000);
    for (const text of [
      long,
      `${long}\\`,
      `${"x".repeat(33)}\\\\`,
      '"',
      "\\".repeat(70),
      `${"y".repeat(30)}"[`,
    ]) {
      expect(faultOf(JSON.stringify([{ [text]: text }, text]))).toBeUndefined();
    }
  });

  it("agrees with what the text says, of all JSON", () => {
    void fc.assert(
      fc.property(
        fc.json({ maxDepth: 8 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 8 }),
        (text, maxJsonDepth, maxJsonKeys) => {
          // Twice the same key is counted twice, which such text has not.
          const value: unknown = JSON.parse(text);
          const isTooMuch = depthOf(value) > maxJsonDepth || keysOf(value) > maxJsonKeys;
          expect(faultOf(text, { maxJsonDepth, maxJsonKeys }) !== undefined).toBe(isTooMuch);
        },
      ),
    );
  });

  it("ends on any bytes", () => {
    void fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const fault = jsonFault(bytes, { maxJsonDepth: 1, maxJsonKeys: 1 });
        expect(fault === undefined || DEEP.test(fault) || MANY.test(fault)).toBe(true);
      }),
    );
    for (const text of ['"', '["\\', `"${"\\".repeat(100)}`, "]".repeat(1_000)]) {
      expect(faultOf(text.padStart(200))).toBeUndefined();
    }
  });
});

describe("checkJsonLimits", () => {
  it("has defaults, and refuses what is out of bounds by name", () => {
    expect(checkJsonLimits("here", {})).toEqual({ maxJsonDepth: 64, maxJsonKeys: 10_000 });
    expect(() => checkJsonLimits("here", { maxJsonDepth: 0 })).toThrow(
      /here: option "maxJsonDepth" .*1 to 1000/,
    );
    expect(() => checkJsonLimits("here", { maxJsonKeys: 1.5 })).toThrow(/here: option "maxJsonKeys"/);
  });
});
