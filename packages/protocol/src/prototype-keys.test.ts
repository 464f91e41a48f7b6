import * as fc from "fast-check";
import { expect, it } from "vitest";
import { hasPrototypeKeys } from "./prototype-keys.js";

function has(text: string): boolean {
  return hasPrototypeKeys(text, () => JSON.parse(text));
}

it.each([
  '{"__proto__":1}',
  '[[{"a":{"__proto__":{}}}]]',
  '{"\\u005f_proto__":1}',
  '{"__\\u0070roto__":1}',
  '{"__pr\\u006Fto__":1}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"a":[{"constructor":{"prototype":null}}]}',
  '{"constructor":{"\\u0070\\u0072\\u006f\\u0074otype":1}}',
  '{"c\\u006fnstructor":{"prototype":1}}',
])("finds the key in %s", (text) => {
  expect(has(text)).toBe(true);
});

it.each([
  "{}",
  "null",
  '"__proto__"',
  '["__proto__",{"proto":1}]',
  '{"constructor":1}',
  '{"constructor":{"name":"x"}}',
  '{"prototype":{"constructor":1}}',
  '{"a":"\\u0070roto"}',
  '{"__proto":1,"proto__":2}',
])("takes %s for what it is", (text) => {
  expect(has(text)).toBe(false);
});

it("looks at the value of hardly any text", () => {
  const text = JSON.stringify({ name: "Grüße", list: [1, "constructor"] });
  expect(hasPrototypeKeys(text, () => expect.unreachable())).toBe(false);
});

it("finds the key however its letters are written", () => {
  const letters = [..."__proto__"].map((letter) =>
    fc.constantFrom(letter, `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
  void fc.assert(
    fc.property(fc.tuple(...letters), (key) => {
      expect(has(`{"${key.join("")}":0}`)).toBe(true);
    }),
  );
});
