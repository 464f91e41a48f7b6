import { type HeaderValue, MAX_DURATION_MS } from "@porthos-rpc/protocol";
import { responseEnvelope } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { freshForMs } from "./freshness.js";

const settings = { ttlMs: 5_000, vary: new Set(["tenant", "authorization"]), isShared: false };
const fresh = (headers: [string, HeaderValue][], statusCode = 200, isShared = false): number =>
  freshForMs(responseEnvelope({ statusCode, headers: new Map(headers) }), { ...settings, isShared });

describe("freshForMs", () => {
  it.each([200, 201, 204])("is what is usual for %i", (statusCode) => {
    expect(fresh([], statusCode)).toBe(5_000);
    expect(freshForMs(responseEnvelope({ statusCode }), settings)).toBe(5_000);
  });

  it.each([100, 301, 400, 404, 500, 503])("is nothing for %i, whatever it says", (statusCode) => {
    expect(fresh([["Cache-Control", "max-age=60"]], statusCode)).toBe(0);
  });

  it.each<[HeaderValue, number]>([
    ["max-age=60", 60_000],
    ["public, Max-Age=60", 60_000],
    ['max-age="1"', 1_000],
    ["max-age=0", 0],
    ["max-age=never", 0],
    ["max-age=99999999999999", MAX_DURATION_MS],
    ["no-store", 0],
    ["max-age=60, no-cache", 0],
    ["private", 5_000],
    ["immutable", 5_000],
    [60, 0],
  ])("is what Cache-Control: %s says", (value, ms) => {
    expect(fresh([["cache-control", value]])).toBe(ms);
  });

  it.each(["private", 'max-age=60, private="x"'])("is nothing for %s where callers share", (value) => {
    expect(fresh([["Cache-Control", value]], 200, true)).toBe(0);
  });

  it.each<[HeaderValue, number]>([
    ["Tenant", 5_000],
    ["tenant, Authorization", 5_000],
    ["accept-language", 0],
    ["*", 0],
    [7, 0],
  ])("is nothing for an answer that depends on what is not told apart: Vary: %s", (value, ms) => {
    expect(fresh([["Vary", value]])).toBe(ms);
  });

  it("is nothing for an answer that sets a cookie", () => {
    expect(fresh([["Set-Cookie", "a=b"]])).toBe(0);
  });
});
