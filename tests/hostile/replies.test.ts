import { describe, expect, test } from "vitest";
import { rows } from "../rows.js";
import { catalogue } from "./catalogue.js";
import { runReplies } from "./reply-run.js";

/** What decision 10 promises and nobody has built yet. */
const AWAITED = /^limit\//;
const entries = catalogue("replies").filter(({ id, expect: end }) => !AWAITED.test(id) || end === "answer");

describe("replies that no honest service sends", () => {
  test.concurrent.each(rows)("%s", { timeout: 60_000 }, async (_title, row) => {
    const { wrong, unsendable, unsafe, probeMs, lost } = await runReplies(row, entries);
    expect(wrong).toEqual([]);
    expect(unsafe).toEqual([]);
    expect(lost).toEqual([]);
    expect(probeMs).toBeLessThan(1_000);
    expect(unsendable.length).toBeLessThan(20);
  });
});
