import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "./errors.js";
import { isOk, Status } from "./status.js";

describe("isOk", () => {
  it.each([200, 202, 204, 299])("says yes to %d", (status) => {
    expect(isOk(status)).toBe(true);
  });

  it.each([0, 100, 199, 300, 404, 500, -1, Number.NaN])("says no to %d", (status) => {
    expect(isOk(status)).toBe(false);
  });
});

describe("Status", () => {
  it("names every status that an error code stands for", () => {
    const named = new Set<number>(Object.values(Status));
    expect(Object.values(ERROR_CODES).filter(({ status }) => !named.has(status))).toEqual([]);
  });
});
