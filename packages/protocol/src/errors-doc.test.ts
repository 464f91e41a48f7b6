import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERROR_CODES } from "./errors.js";

const text = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");

interface Row {
  readonly code: string;
  readonly entry: unknown;
}

/** The rows of the page's first table: | [`Timeout`](#timeout) | 504 | maybe | yes | … | */
function documentedCodes(): Row[] {
  const row = /^\| \[`(\w+)`\]\(#(\w+)\) \| (\d+) \| (no|maybe|yes) \| (no|yes) \| \S.* \|$/gm;
  return [...text.matchAll(row)].map(([, code = "", anchor, status, executed, retryable]) => {
    expect(anchor).toBe(code.toLowerCase());
    return { code, entry: { status: Number(status), executed, retryable: retryable === "yes" } };
  });
}

describe("docs/errors.md", () => {
  it("lists each error code, with what the code says of it, in the code's order", () => {
    const coded: Row[] = Object.entries(ERROR_CODES).map(([code, entry]) => ({ code, entry }));
    expect(documentedCodes()).toEqual(coded);
  });

  it.each(Object.keys(ERROR_CODES))("says when %s happens, and what to do", (code) => {
    const [, section = ""] = text.split(`\n## ${code}\n`);
    const [body = ""] = section.split("\n## ");
    expect(body).toMatch(/\*\*When:\*\* \w/);
    expect(body).toMatch(/\*\*What to do:\*\* \w/);
  });
});
