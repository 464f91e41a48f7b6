import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { typeCheck } from "./type-check.js";

test("the README's example type-checks as it stands, and would not if it named what is not there", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const example = /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? "";
  expect(example).toContain("contract(");
  expect(() => typeCheck({ "example.ts": example })).not.toThrow();
  const wrong = example.replace("value_plus_one, await", "value_plus_two, await");
  expect(() => typeCheck({ "example.ts": wrong })).toThrow("value_plus_two");
});
