import { describe, expect, test } from "vitest";
import { type Catalogue, catalogue, FILES } from "./catalogue.js";
import { MAKERS } from "./make/makers.js";

/** How many of each kind there are at least. */
const AT_LEAST: Readonly<Record<keyof Catalogue, number>> = {
  requests: 400,
  replies: 300,
  headers: 200,
  "frames-amqp091": 50,
  "messages-amqp091": 50,
  "frames-amqp10": 50,
  "messages-amqp10": 50,
};

describe.each(FILES)("the catalogue's %s", (file) => {
  test("are what the families make: pnpm exec tsx tests/hostile/make/main.ts", () => {
    expect(JSON.stringify(catalogue(file))).toBe(JSON.stringify(MAKERS[file]()));
  });

  test("are as many as are promised, no two of them alike", () => {
    const entries = catalogue(file);
    expect(entries.length).toBeGreaterThanOrEqual(AT_LEAST[file]);
    const inputs = entries.map(({ id: _id, what: _what, expect: _expect, ...input }) =>
      JSON.stringify(input),
    );
    expect(inputs.filter((input, index) => inputs.indexOf(input) !== index)).toEqual([]);
  });
});
