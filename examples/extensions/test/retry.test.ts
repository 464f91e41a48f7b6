import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("a call that is refused twice gets its answer by a retry", async () => {
  expect(await linesOf("retry")).toEqual(["without retry: 503", "with retry: 200 42, after 3 requests"]);
});
