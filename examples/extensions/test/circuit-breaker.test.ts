import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("a service that fails is left alone for a while, and called again when it is back", async () => {
  expect(await linesOf("circuit-breaker")).toEqual([
    "call 1: 503",
    "call 2: 503",
    "call 3: 503",
    "call 4: 503",
    "call 5: Unavailable, executed: no",
    "120 ms later: 200 42",
  ]);
});
