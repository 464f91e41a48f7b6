import { expect, test } from "vitest";
import { linesOf } from "./lines-of.js";

test("a server whose database is away is alive, and not ready", async () => {
  expect(await linesOf("health")).toEqual([
    "/readyz: 200 /livez: 200",
    "check database: it gave false",
    "/readyz: 503 /livez: 200",
    "database: failed",
    "stopped",
  ]);
});
