import { describe } from "vitest";
import { metricsQueue, missingMetricsQueue } from "./extension-queues/metrics-queue.js";
import { missingSpecsQueue, specsQueue } from "./extension-queues/specs-queue.js";
import { type Row, rows } from "./rows.js";

/** One for each transport, for what is the same on all brokers. */
const carriers: readonly Row[] = [...new Map(rows.map(([, row]) => [row.transport, row])).values()];

/*
 * docs/wire.md, "Queues of the extensions", line by line: what the seed's Dashboard and Playground read there, whatever
 * carries it there.
 */
describe.each(rows)("over %s", (_title, row) => {
  describe("porthos.metrics", () => metricsQueue(row));
  describe("porthos.specs", () => specsQueue(row));
});

describe.each(carriers)("over $transport", (row) => {
  describe("porthos.metrics, missing", () => missingMetricsQueue(row));
  describe("porthos.specs, missing", () => missingSpecsQueue(row));
});
