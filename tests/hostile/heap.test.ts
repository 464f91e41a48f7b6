import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { Row } from "../rows.js";
import { catalogue } from "./catalogue.js";
import { runHeaders } from "./headers-run.js";
import { runReplies } from "./reply-run.js";
import { runRequests } from "./request-run.js";

const MAX_GROWTH_BYTES = 10_000_000;

/** Not from the rows, which have brokers started. */
const memory: Row = {
  transport: "memory",
  url: "memory:hostile-heap",
  seedUrl: undefined,
  cannot: new Set(),
  removeQueues: async () => {},
};

/** The heap that is in use, once nothing is left to collect. */
async function heapBytes(collect: () => void): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

test("the catalogue, over and over, leaves nothing behind", { timeout: 150_000 }, async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const run = async (): Promise<void> => {
    await runRequests(memory, catalogue("requests"));
    await runReplies(memory, catalogue("replies"));
    await runHeaders(memory, catalogue("headers"));
  };
  // What is compiled and kept once is not what grows.
  await run();
  const before = await heapBytes(collect);
  await run();
  await run();
  const grown = (await heapBytes(collect)) - before;
  process.stdout.write(
    `hostile: the heap grew by ${Math.round(grown / 1_000)} kB in two runs of the catalogue\n`,
  );
  expect(grown).toBeLessThan(MAX_GROWTH_BYTES);
  expect(Object.keys(Object.prototype)).toEqual([]);
});
