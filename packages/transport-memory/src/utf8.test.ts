import { describe, expect, it } from "vitest";
import { isShort, utf8Length } from "./utf8.js";

describe("utf8Length", () => {
  it.each(["", "plain", "é", "€", "𝄞", "a𝄞é€", "\ud834", "\udd1e\ud834", "\ud834a"])(
    "counts the bytes that %j is encoded in",
    (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
    },
  );
});

describe("isShort", () => {
  it("counts bytes, not characters", () => {
    expect(isShort("x".repeat(255))).toBe(true);
    expect(isShort("x".repeat(256))).toBe(false);
    expect(isShort("€".repeat(85))).toBe(true);
    expect(isShort("€".repeat(86))).toBe(false);
  });
});
