import { describe, expect, test } from "vitest";
import { rows } from "../rows.js";
import { catalogue } from "./catalogue.js";
import { runHeaders } from "./headers-run.js";

const entries = catalogue("headers");

describe("headers that nobody needs, in a stranger's messages and in our own", () => {
  test.concurrent.each(rows)("%s", { timeout: 60_000 }, async (_title, row) => {
    const { wrong, lost } = await runHeaders(row, entries);
    expect(wrong).toEqual([]);
    expect(lost).toEqual([]);
  });
});
