import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("an order that is charged again by another server gets the answer of the first", async () => {
  expect(await linesOf("idempotency")).toEqual([
    'order-1: 200 {"by":"blue","charge":1,"cents":500}',
    'order-1: 200 {"by":"blue","charge":1,"cents":500} (again)',
    'order-2: 200 {"by":"green","charge":2,"cents":900}',
    "charged 2 times",
  ]);
});
