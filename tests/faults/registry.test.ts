import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { CARRIERS } from "./carriers.js";
import { carriersOfFault, FAULTS } from "./registry.js";
import { reasons, table } from "./table.js";
import { Written } from "./written.js";

const written = new Written();
vi.mock("./fault.js", () => ({ fault: written.fault }));
// It would start the brokers.
vi.mock("../rows.js", () => ({ rows: [] }));
const folder = new URL(".", import.meta.url);
for (const file of readdirSync(folder))
  if (/^\d.*\.test\.ts$/.test(file)) await import(`./${file.slice(0, -".test.ts".length)}.test.ts`);

const INTRODUCTION = `# Faults that are survived

Every fault of the list is a test on each carrier where it can happen: real brokers, real faults, and under one watch: no error that nobody
catches; every call ends once, at most 250 ms after its deadline (and what the machine lost of that time); no timer, listener, lease or
socket is left; no password is in any error, event or line. The figure is how many promises are tested there. \`pnpm faults\` runs them and
tells which were kept; a test compares this page with them ([decision 11](decisions/0011-how-faults-are-tested.md)).
`;

test("every fault has a test on each of its carriers, unless it is said why not", () => {
  const holes = FAULTS.filter(({ missing }) => missing === undefined).flatMap((fault) =>
    carriersOfFault(fault)
      .filter((carrier) => written.promises(fault, carrier).length === 0)
      .map((carrier) => `${fault.number} on ${carrier}`),
  );
  expect(holes).toEqual([]);
});

test("no fault is called untested that is tested on all of its carriers", () => {
  const tested = FAULTS.filter(({ missing }) => missing !== undefined).filter((fault) =>
    carriersOfFault(fault).every((carrier) => written.promises(fault, carrier).length > 0),
  );
  expect(tested.map(({ number }) => number)).toEqual([]);
});

test("no two promises of a fault have the same name", () => {
  for (const fault of FAULTS) {
    for (const carrier of carriersOfFault(fault)) {
      const promises = written.promises(fault, carrier);
      expect(new Set(promises).size, `${fault.number} on ${carrier}`).toBe(promises.length);
    }
  }
});

test("what a fault refers to is there, under that name", () => {
  for (const { number, seeAlso } of FAULTS) {
    for (const { file, title } of seeAlso) {
      const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
      expect(existsSync(path), `fault ${number}: ${file}`).toBe(true);
      expect(readFileSync(path, "utf8"), `fault ${number}: ${file}`).toContain(title);
    }
  }
});

test("docs/faults.md shows which faults are tested where", async () => {
  const counts = table((fault, carrier) => String(written.promises(fault, carrier).length || "missing"));
  const cells = FAULTS.flatMap((fault) =>
    carriersOfFault(fault).map((carrier) => written.promises(fault, carrier)),
  );
  const tested = cells.filter(({ length }) => length > 0);
  const promises = tested.reduce((sum, { length }) => sum + length, 0);
  const summary = `${FAULTS.length} faults on ${Object.keys(CARRIERS).length} carriers: ${tested.length} of ${cells.length} cells, ${promises} tests.`;
  const page = [
    INTRODUCTION,
    `${summary}\n`,
    `${counts}\n`,
    "## Why cells are left out, or missing\n",
    `${reasons()}\n`,
  ];
  await expect(page.join("\n")).toMatchFileSnapshot("../../docs/faults.md");
});
