import { expect, it } from "vitest";
import { fnv1a } from "./fnv1a.js";

// The vectors of draft-eastlake-fnv.
it.each([
  ["", "cbf29ce484222325"],
  ["a", "af63dc4c8601ec8c"],
  ["foobar", "85944171f73967e8"],
])("the hash of %j is the one of the specification", (text, hash) => {
  expect(fnv1a(text)).toBe(hash);
});

it("a hash has 16 digits, and is one of the bytes in UTF-8", () => {
  for (let n = 0; n < 200; n++) expect(fnv1a(`${n}`)).toMatch(/^[0-9a-f]{16}$/);
  expect(fnv1a("ä")).not.toBe(fnv1a("a"));
});
