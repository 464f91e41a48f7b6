import { type HeaderValue, NO_BODY, problemResponse, type ResponseEnvelope } from "@porthos-rpc/protocol";
import { responseEnvelope } from "@porthos-rpc/protocol/testing";
import { describe, expect, it } from "vitest";
import { decodeAnswer, encodeAnswer, isKept } from "./kept-answer.js";

describe("an answer that is kept", () => {
  it.each<[string, Partial<ResponseEnvelope>]>([
    ["without a body", { statusCode: 204 }],
    [
      "with all that it may have",
      {
        statusCode: 201,
        contentType: "image/png",
        body: Uint8Array.of(0, 255, 1),
        headers: new Map<string, HeaderValue>([
          ["text", "ü"],
          ["at", new Date(5)],
          ["bytes", Uint8Array.of(7)],
          ["list", [1, null, true]],
        ]),
      },
    ],
  ])("%s comes back as it was, and says that it is one", (_what, given) => {
    const answer = responseEnvelope(given);
    const back = decodeAnswer(encodeAnswer(answer));
    const headers = new Map<string, HeaderValue>(answer.headers).set("Idempotent-Replayed", "true");
    expect(back).toEqual({ ...answer, headers });
  });

  it("is nobody else's bytes", () => {
    const bytes = encodeAnswer(responseEnvelope({ body: Uint8Array.of(1) }));
    decodeAnswer(bytes).body[0] = 9;
    expect([...decodeAnswer(bytes).body]).toEqual([1]);
  });

  it.each([
    ["nothing", NO_BODY],
    ["another form", Uint8Array.of(2, 0, 0, 0, 0)],
    ["a form that is cut off", encodeAnswer(responseEnvelope()).subarray(0, 7)],
    ["a form that is cut off early", Uint8Array.of(1, 0)],
    ["no list", Uint8Array.of(1, 0, 0, 0, 2, 0x7b, 0x7d)],
  ])("is refused if it is %s", (_what, bytes) => {
    expect(() => decodeAnswer(bytes)).toThrow();
  });
});

describe("isKept", () => {
  it.each([200, 204, 302, 400, 404, 409, 422])("keeps what a handler has answered: %i", (statusCode) => {
    expect(isKept(responseEnvelope({ statusCode }))).toBe(true);
  });

  it.each([408, 425, 429, 500, 503])("keeps nothing that may be otherwise later: %i", (statusCode) => {
    expect(isKept(responseEnvelope({ statusCode }))).toBe(false);
  });

  it("keeps nothing that says that its handler did not run", () => {
    expect(isKept(problemResponse({ status: 400, title: "Bad request", executed: "no" }))).toBe(false);
    expect(isKept(problemResponse({ status: 400, title: "Invalid input", executed: "yes" }))).toBe(true);
  });
});
