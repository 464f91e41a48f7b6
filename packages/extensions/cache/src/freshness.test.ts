import { type HeaderValue, MAX_DURATION_MS } from "@porthos-rpc/protocol";
import { responseEnvelope } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { freshForMs } from "./freshness.js";

const settings = { ttlMs: 5_000, vary: new Set(["tenant", "authorization"]), isShared: false };
const fresh = (headers: [string, HeaderValue][], statusCode = 200, isShared = false): number | undefined =>
  freshForMs(responseEnvelope({ statusCode, headers: new Map(headers) }), { ...settings, isShared });

describe("freshForMs", () => {
  it.each([200, 201, 204])("is what is usual for %i", (statusCode) => {
    expect(fresh([], statusCode)).toBe(5_000);
    expect(freshForMs(responseEnvelope({ statusCode }), settings)).toBe(5_000);
  });

  it.each([100, 301, 400, 404, 500, 503])("is nothing for %i, whatever it says", (statusCode) => {
    expect(fresh([["Cache-Control", "max-age=60"]], statusCode)).toBe(0);
  });

  it.each<[HeaderValue, number | undefined]>([
    ["max-age=60", 60_000],
    ["public, Max-Age=60", 60_000],
    ['max-age="1"', 1_000],
    ["max-age=0", 0],
    ["max-age=never", 0],
    ["max-age=99999999999999", MAX_DURATION_MS],
    ["no-store", undefined],
    ["max-age=60, no-cache", undefined],
    ["private", 5_000],
    ["immutable", 5_000],
    [60, undefined],
  ])("is what Cache-Control: %s says", (value, ms) => {
    expect(fresh([["cache-control", value]])).toBe(ms);
  });

  it.each(["private", 'max-age=60, private="x"'])("is nobody else's for %s where callers share", (value) => {
    expect(fresh([["Cache-Control", value]], 200, true)).toBeUndefined();
    expect(fresh([["Cache-Control", value]], 404, true)).toBeUndefined();
  });

  it.each<[HeaderValue, number | undefined]>([
    ["Tenant", 5_000],
    ["tenant, Authorization", 5_000],
    ["accept-language", undefined],
    ["*", undefined],
    [7, undefined],
  ])("is nobody else's where an answer depends on what is not told apart: Vary: %s", (value, ms) => {
    expect(fresh([["Vary", value]])).toBe(ms);
  });

  it("is nobody else's where an answer sets a cookie", () => {
    expect(fresh([["Set-Cookie", "a=b"]])).toBeUndefined();
  });
});
