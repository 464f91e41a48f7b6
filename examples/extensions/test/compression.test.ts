import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("the example of compression saves most of an answer's bytes, for whoever can read it", async () => {
  expect(await linesOf("compression")).toEqual([
    "packing: 35891 bytes, 1000 lines",
    "plain: 35891 bytes, 1000 lines",
    "1 of 2 answers compressed, more than 30000 bytes saved",
  ]);
});
