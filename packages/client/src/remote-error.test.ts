import { Codecs, encodeText, type HeaderValue, type ResponseEnvelope } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { detailsOf, remoteError } from "./remote-error.js";

const codecs = new Codecs();

const answer = (contentType: string | undefined, body: string | Uint8Array, statusCode = 500) =>
  ({
    statusCode,
    contentType,
    body: typeof body === "string" ? encodeText(body) : body,
    headers: undefined,
  }) satisfies ResponseEnvelope;

const errorOf = (response: ResponseEnvelope) =>
  remoteError({ service: "S", method: "m" }, response, detailsOf(response, codecs));

describe("what a server of ours says by itself", () => {
  const problem = (type: string, status: number, executed: string) => ({
    ...answer("application/problem+json", JSON.stringify({ type, status, title: "T", executed }), status),
    headers: new Map([["Retry-After", 7]]),
  });

  it.each([
    ["urn:porthos:overloaded", 429, "no", "Overloaded"],
    ["urn:porthos:overloaded", 429, "maybe", "Overloaded"],
    ["urn:porthos:unavailable", 503, "maybe", "Unavailable"],
  ])("of %s with %d, executed %s, is an error %s that may succeed later", (type, status, executed, code) => {
    expect(errorOf(problem(type, status, executed))).toMatchObject({
      code,
      status,
      executed,
      retryable: true,
      details: { type, retryAfterMs: 7_000 },
    });
  });

  it("is none of it in an answer of a handler's own", () => {
    const { body } = problem("urn:porthos:overloaded", 429, "no");
    expect(errorOf(answer("application/json", body, 429))).toMatchObject({ code: "Remote", status: 429 });
    expect(errorOf(problem("urn:other", 503, "no"))).toMatchObject({ code: "Remote", executed: "no" });
  });

  it.each([
    ["7", 7_000],
    [0, 0],
    ["Fri, 31 Dec 1999 23:59:59 GMT", undefined],
    [-1, undefined],
    [[7], undefined],
  ] as const)("reads Retry-After %j as %j ms", (header, retryAfterMs) => {
    const response = {
      ...problem("urn:x", 503, "no"),
      headers: new Map<string, HeaderValue>([["Retry-After", header]]),
    };
    expect((errorOf(response).details as { retryAfterMs?: number }).retryAfterMs).toBe(retryAfterMs);
  });
});

describe("the details of an answer that is no success", () => {
  it.each<[string, ResponseEnvelope, unknown]>([
    ["JSON", answer("application/json", '{"why":1}'), { why: 1 }],
    ["JSON of another name", answer("application/problem+json; charset=utf-8", '{"why":1}'), { why: 1 }],
    ["null, which is JSON too", answer("application/json", "null"), null],
    ["bytes", answer("application/octet-stream", Uint8Array.of(1)), Uint8Array.of(1)],
    ["nothing", answer(undefined, ""), undefined],
    ["nothing that claims to be JSON", answer("application/json", ""), undefined],
    ["what claims to be JSON: its bytes", answer("application/json", "{"), encodeText("{")],
    ["an unknown type: its bytes", answer("text/plain", "no"), encodeText("no")],
    ["no type: its bytes", answer(undefined, "no"), encodeText("no")],
  ])("are its body: %s", (_, response, details) => {
    expect(detailsOf(response, codecs)).toEqual(details);
  });
});

describe("remoteError", () => {
  it("names the call, the status, and what a problem says; details have all of it", () => {
    const problem = { title: "Bad request", detail: "no value", executed: "no", more: [1] };
    const error = errorOf(answer("application/problem+json", JSON.stringify(problem), 400));
    expect(error).toMatchObject({
      code: "Remote",
      status: 400,
      executed: "no",
      retryable: false,
      message: "S.m: answered 400 Bad request: no value",
      details: problem,
    });
  });

  it.each<[string, string]>([
    ['{"title":"Gone"}', "S.m: answered 500 Gone"],
    ['{"detail":"all of it"}', "S.m: answered 500 all of it"],
    ['{"title":7,"detail":null}', "S.m: answered 500"],
    ['"a text"', "S.m: answered 500"],
    ["null", "S.m: answered 500"],
    ["[1]", "S.m: answered 500"],
  ])("says only what are words: %s", (body, message) => {
    expect(errorOf(answer("application/json", body)).message).toBe(message);
  });

  it("cuts a stranger's words off after 300 characters", () => {
    const { message } = errorOf(answer("application/json", JSON.stringify({ title: "x".repeat(301) })));
    expect(message).toBe(`S.m: answered 500 ${"x".repeat(300)}…`);
    const whole = errorOf(answer("application/json", JSON.stringify({ title: "x".repeat(300) })));
    expect(whole.message).toBe(`S.m: answered 500 ${"x".repeat(300)}`);
  });

  it.each([
    ['{"executed":"no"}', "no"],
    ['{"executed":"maybe"}', "maybe"],
    ['{"executed":"yes"}', "yes"],
    ['{"executed":"perhaps"}', "yes"],
    ["{}", "yes"],
    ["", "yes"],
  ])("is executed as the answer says, and yes where it says nothing of it: %s", (body, executed) => {
    expect(errorOf(answer("application/json", body)).executed).toBe(executed);
  });

  it.each([
    [429, true],
    [503, true],
    [504, true],
    [400, false],
    [404, false],
    [422, false],
    [500, false],
    [502, false],
    [100, false],
    [302, false],
  ])("is retryable if the status says that it may pass: %i %s", (status, retryable) => {
    expect(errorOf(answer(undefined, "", status))).toMatchObject({ status, retryable });
  });
});
