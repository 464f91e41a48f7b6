import { expect, test } from "vitest";
import { inOneLine } from "./one-line.js";

test.each([
  ["lines", "a\r\nb\u2028c\u2029d\u0085e", "a b c d e"],
  ["a terminal's commands", "\u001b[2Jx\u009b1m\u0007\b", "[2Jx 1m"],
  ["what turns the direction", "a\u202eb\u2066c", "a b c"],
  ["what nobody sees", "a\u200bb\ufeffc\u00add", "a b c d"],
  ["white space", "  a \t\u3000 b  ", "a b"],
  ["any script", "Ærø 東京 🧮", "Ærø 東京 🧮"],
])("%s: what is left is one line", (_, words, line) => {
  expect(inOneLine(words, 100)).toBe(line);
});

test("what is too long is cut, and says so; what is far too long is not even looked at", () => {
  expect(inOneLine("x".repeat(11), 10)).toBe(`${"x".repeat(10)}…`);
  expect(inOneLine("x".repeat(10), 10)).toBe("x".repeat(10));
  expect(inOneLine(`${" ".repeat(40)}x`, 10)).toBe("");
});
