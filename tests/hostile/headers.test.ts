import { describe, expect, test } from "vitest";
import { rows } from "../rows.js";
import { catalogue } from "./catalogue.js";
import { runHeaders } from "./headers-run.js";

/** What decision 10 promises and nobody has built yet. */
const entries = catalogue("headers").filter(({ expect: end }) => end !== "limit");

describe("headers that nobody needs, in a stranger's messages and in our own", () => {
  test.concurrent.each(rows)("%s", { timeout: 60_000 }, async (_title, row) => {
    const { wrong, lost } = await runHeaders(row, entries);
    expect(wrong).toEqual([]);
    expect(lost).toEqual([]);
  });
});
