import { expect, it } from "vitest";
import { canonicalJson } from "./canonical-json.js";

it("values that are equal have one text, whatever the order of their names", () => {
  expect(canonicalJson({ b: [1, { d: null, c: "x" }], a: true })).toBe(
    '{"a":true,"b":[1,{"c":"x","d":null}]}',
  );
  expect(canonicalJson({ a: 1, b: undefined })).toBe(canonicalJson({ a: 1 }));
});

it("values that differ have two", () => {
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  expect(canonicalJson({ a: "1" })).not.toBe(canonicalJson({ a: 1 }));
});

it("has a text for what JSON has none for", () => {
  expect(canonicalJson([1n, undefined, () => {}, Symbol("s"), Number.NaN])).toBe("[1,null,null,null,null]");
});
