import { describe, expect, it } from "vitest";
import type { Executed } from "./errors.js";
import { responseEnvelope } from "./extension-testing.js";
import { executedOf, readFailedAnswer, saidOfOneRun } from "./failed-answer.js";
import { jsonCodec } from "./json-codec.js";
import type { HeaderValue } from "./message.js";
import { problemResponse } from "./problem.js";

const problem = (executed: Executed, status = 503) => problemResponse({ status, title: "T", executed });

describe("readFailedAnswer", () => {
  it("reads nothing of an answer that is a success", () => {
    expect(readFailedAnswer(responseEnvelope({ statusCode: 204 }))).toBeUndefined();
  });

  it.each<Executed>(["no", "maybe", "yes"])("tells what a problem says of its call: %s", (executed) => {
    expect(readFailedAnswer(problem(executed))).toEqual({
      executed,
      retryable: true,
      retryAfterMs: undefined,
    });
  });

  it("takes what says nothing of it for a handler's answer, so that its call ran", () => {
    const body = jsonCodec.encode({ executed: "no" });
    const padded = jsonCodec.encode({ executed: "no", more: "x".repeat(4_096) });
    const contentType = "application/problem+json";
    for (const answer of [
      responseEnvelope({ statusCode: 500 }),
      responseEnvelope({ statusCode: 500, contentType: "application/json", body }),
      responseEnvelope({ statusCode: 500, contentType, body: Uint8Array.of(1) }),
      responseEnvelope({ statusCode: 500, contentType, body: padded }),
    ])
      expect(readFailedAnswer(answer)?.executed).toBe("yes");
    expect([null, 7, [], { executed: "perhaps" }].map(executedOf)).toEqual(["yes", "yes", "yes", "yes"]);
  });

  it("says maybe of a request that its client has sent again, whatever is said of the last time", () => {
    expect(readFailedAnswer(Object.assign(problem("no"), { wasSentBefore: true }))?.executed).toBe("maybe");
    expect(readFailedAnswer(Object.assign(problem("no"), { wasSentBefore: false }))?.executed).toBe("no");
  });

  it.each([
    [429, true],
    [503, true],
    [504, true],
    [500, false],
    [404, false],
  ])("%i may pass: %s", (statusCode, retryable) => {
    expect(readFailedAnswer(responseEnvelope({ statusCode }))).toMatchObject({ retryable });
  });

  it.each<[HeaderValue, number | undefined]>([
    [7, 7_000],
    ["7", 7_000],
    [-1, undefined],
    [Number.NaN, undefined],
    ["Fri, 31 Dec 1999 23:59:59 GMT", undefined],
  ])("reads Retry-After %j as %j ms", (header, retryAfterMs) => {
    const headers = new Map([["Retry-After", header]]);
    expect(readFailedAnswer({ ...problem("no"), headers })?.retryAfterMs).toBe(retryAfterMs);
  });
});

describe("saidOfOneRun", () => {
  it("makes maybe of no, and leaves the rest as it is", () => {
    const headers = new Map([["Retry-After", 7]]);
    const answer = saidOfOneRun({ ...problem("no"), headers });
    expect(jsonCodec.decode(answer.body)).toEqual({ status: 503, title: "T", executed: "maybe" });
    expect(answer).toMatchObject({ statusCode: 503, contentType: "application/problem+json", headers });
  });

  it("does so however much a problem says", () => {
    const detail = "x".repeat(5_000);
    const answer = saidOfOneRun(problemResponse({ status: 403, title: "T", detail, executed: "no" }));
    expect(jsonCodec.decode(answer.body)).toMatchObject({ detail, executed: "maybe" });
  });

  it("is the same answer where it says anything else", () => {
    for (const answer of [problem("yes"), problem("maybe"), responseEnvelope({ statusCode: 500 })])
      expect(saidOfOneRun(answer)).toBe(answer);
  });
});
