import { describe, expect, it } from "vitest";
import { headersFault } from "./header-limits.js";
import type { HeaderValue } from "./message.js";

const KIB = 1024;

function many(count: number): Map<string, HeaderValue> {
  return new Map(Array.from({ length: count }, (_, n) => [`h${n}`, n]));
}

/** Headers of so many bytes in all. */
function large(bytes: number, unit = "x"): Map<string, HeaderValue> {
  const unitBytes = new TextEncoder().encode(unit).length;
  return new Map([["name", unit.repeat((bytes - 4) / unitBytes)]]);
}

/** An array in so many others. */
function nested(depth: number): HeaderValue {
  let value: HeaderValue = [];
  for (let n = 1; n < depth; n++) value = [value];
  return value;
}

describe("headersFault", () => {
  it("takes 64 headers, and no more", () => {
    expect(headersFault(new Map())).toBeUndefined();
    expect(headersFault(many(64))).toBeUndefined();
    expect(headersFault(many(65))).toBe("there are 65 headers; at most 64 are taken");
  });

  it.each(["x", "é", "尺", "🧮"])("takes 16 KiB of names and values, and no more: in %s", (unit) => {
    const step = new TextEncoder().encode(unit).length;
    const most = 16 * KIB - ((16 * KIB - 4) % step);
    expect(headersFault(large(most, unit))).toBeUndefined();
    expect(headersFault(large(most + step, unit))).toMatch(/larger than the 16384 bytes/);
  });

  it("counts what is in tables, arrays and bytes", () => {
    for (const value of [
      new Uint8Array(17 * KIB),
      ["x".repeat(17 * KIB)],
      { a: { ["x".repeat(17 * KIB)]: 1 } },
    ]) {
      expect(headersFault(new Map<string, HeaderValue>([["name", value]]))).toMatch(/larger/);
    }
    expect(headersFault(new Map([["list", Array.from({ length: 3 * KIB }, () => 1)]]))).toMatch(/larger/);
  });

  it("ends on what is nested without end, and on circles", () => {
    expect(headersFault(new Map([["deep", nested(32)]]))).toBeUndefined();
    expect(headersFault(new Map([["deep", nested(33)]]))).toMatch(/larger/);
    expect(headersFault(new Map([["deep", nested(100_000)]]))).toMatch(/larger/);
    const circle: HeaderValue[] = [];
    circle.push(circle, circle);
    expect(headersFault(new Map([["circle", circle]]))).toMatch(/larger/);
  });

  it("does not count what the wire adds, so that 64 of a caller's own arrive", () => {
    const own = [
      ["X-Method", "m".repeat(200)],
      ["porthos-stream", 256],
      ["porthos-alive", 5_000],
    ] as const;
    expect(headersFault(new Map<string, HeaderValue>([...many(64), ...own]))).toBeUndefined();
    expect(headersFault(new Map<string, HeaderValue>([...large(16 * KIB), ...own]))).toBeUndefined();
  });

  it("counts what has a name of the wire's and is none of its values", () => {
    expect(headersFault(new Map([["X-Method", "m".repeat(17 * KIB)]]))).toMatch(/larger/);
    expect(headersFault(new Map([["porthos-stream", nested(1_000)]]))).toMatch(/larger/);
  });
});
