import { expect, test } from "vitest";
import type { TestSpecification } from "vitest/node";
import { Interleaved } from "./interleaved.js";

const cache = { getFileTestResults: () => undefined, getFileStats: () => undefined };
const sequencer = new Interleaved({ config: { root: "/" }, cache } as never);

function files(name: string, count: number, groupOrder: number): TestSpecification[] {
  const project = { name, config: { sequence: { groupOrder } } };
  return Array.from({ length: count }, (_, index) => ({ project, moduleId: `/${name}-${index}` }) as never);
}

async function order(...given: readonly TestSpecification[]): Promise<string> {
  const sorted = await sequencer.sort([...given]);
  return sorted.map(({ moduleId }) => moduleId.slice(1)).join(" ");
}

test("few files are spread over many of another project, and end before them", async () => {
  expect(await order(...files("unit", 6, 0), ...files("long", 2, 0))).toBe(
    "long-0 unit-0 unit-1 unit-2 long-1 unit-3 unit-4 unit-5",
  );
});

test("a later group waits for those before it", async () => {
  expect(await order(...files("late", 2, 1), ...files("unit", 3, 0))).toBe(
    "unit-0 unit-1 unit-2 late-0 late-1",
  );
});
