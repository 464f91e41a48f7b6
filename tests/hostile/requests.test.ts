import { describe, expect, test } from "vitest";
import { rows } from "../rows.js";
import { catalogue } from "./catalogue.js";
import { runRequests } from "./request-run.js";

const entries = catalogue("requests");

/** Of a call behind all of them, where all carriers share one machine. */
const PROBE_MS = 3_000;

describe("requests that no honest peer sends", () => {
  test.concurrent.each(rows)("%s", { timeout: 60_000 }, async (_title, row) => {
    const { wrong, unsendable, probeMs, lost, handlerErrors } = await runRequests(row, entries);
    expect(wrong).toEqual([]);
    expect(handlerErrors).toEqual(["RpcError: the body is not valid JSON"]);
    expect(lost).toEqual([]);
    expect(probeMs).toBeLessThan(PROBE_MS);
    expect(unsendable.length).toBeLessThan(20);
  });
});
