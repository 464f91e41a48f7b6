import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("a call that a handler makes is part of the trace of the call that it answers", async () => {
  expect(await linesOf("opentelemetry")).toEqual([
    "calls Shop/order",
    "  serves Shop/order",
    "    calls Stock/take",
    "      serves Stock/take",
    "traces: 1",
  ]);
});
