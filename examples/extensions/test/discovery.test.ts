import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("discovery: servers that nobody knew are found, asked, and missed", async () => {
  const [first, second, ...rest] = await linesOf("discovery");
  expect([first, second].sort()).toEqual([
    "Calculator 1.2.3 in eu: addOne",
    "Calculator 1.2.3 in us: addOne",
  ]);
  expect(rest).toEqual(["3 requests in all", "1 left"]);
});
