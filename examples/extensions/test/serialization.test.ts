import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("the example of serialization sends bytes and dates in each form", async () => {
  expect(await linesOf("serialization")).toEqual([
    "application/msgpack: 122 bytes, 2026-01-01T12:00:00.000Z, 99",
    "application/cbor: 126 bytes, 2026-01-01T12:00:00.000Z, 99",
    "application/vnd.porthos.values: 192 bytes, 2026-01-01T12:00:00.000Z, 99",
  ]);
});
