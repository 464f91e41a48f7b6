import { describe, expect, test } from "vitest";
import { rows } from "../rows.js";
import { catalogue } from "./catalogue.js";
import { runReplies } from "./reply-run.js";

const entries = catalogue("replies");

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
