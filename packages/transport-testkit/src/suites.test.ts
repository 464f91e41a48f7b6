import { describe, expect, test } from "vitest";
import { allMutants } from "./all-mutants.js";
import { suites } from "./suites.js";

const cases = suites.flatMap((suite) => suite.cases);
const ids = cases.map(({ id }) => id);

describe("the suites", () => {
  test("no id and no title stands twice", () => {
    expect(new Set(ids).size).toBe(ids.length);
    const titles = cases.map(({ title }) => title);
    expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
  });

  test("ids are the suite's name and a slug", () => {
    for (const { name, cases } of suites) {
      for (const { id } of cases) expect(id).toMatch(new RegExp(`^${name}/[a-zA-Z0-9-]+$`));
    }
  });

  test("there are at least 120 promises", () => {
    expect(ids.length).toBeGreaterThanOrEqual(120);
  });
});

describe("the mutants", () => {
  test("no name stands twice, and each has cases that exist to notice it", () => {
    expect(new Set(allMutants.map(({ name }) => name)).size).toBe(allMutants.length);
    for (const { caughtBy } of allMutants) {
      expect(caughtBy.length).toBeGreaterThan(0);
      expect(caughtBy.filter((id) => !ids.includes(id))).toEqual([]);
    }
  });
});
