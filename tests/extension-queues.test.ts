import { describe } from "vitest";
import { metricsQueue, missingMetricsQueue } from "./extension-queues/metrics-queue.js";
import { missingSpecsQueue, specsQueue } from "./extension-queues/specs-queue.js";
import { carriers, rows } from "./rows.js";

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
