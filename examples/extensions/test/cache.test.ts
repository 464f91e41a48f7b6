import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("reports are shared while they are made and for a while, but not with another tenant", async () => {
  expect(await linesOf("cache")).toEqual([
    "[ 'report 1 of ants', 'report 1 of ants', 'report 2 of bees' ]",
    "report 1 of ants",
    "report 3 and report 4",
    "1 hits, 4 misses, 1 joined",
  ]);
});
