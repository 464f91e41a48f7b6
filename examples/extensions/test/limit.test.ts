import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("each caller may call twice, and is told when he may again", async () => {
  const lines = (name: string): string[] => [
    `${name}: 200`,
    `${name}: 200`,
    `${name}: 429, the limit of each caller is 1 a second: again in 1 s`,
  ];
  expect(await linesOf("limit")).toEqual([...lines("a"), ...lines("b")]);
});
