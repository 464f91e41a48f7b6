import { describe, expect, it } from "vitest";
import { Codecs } from "./content.js";
import { jsonCodec } from "./json-codec.js";
import { PROBLEM_CONTENT_TYPE, problemResponse } from "./problem.js";
import { encodeResponse, statusOf } from "./wire.js";

describe("problemResponse", () => {
  const problem = {
    status: 404,
    title: "Method not found",
    detail: "no such method",
    executed: "no",
  } as const;

  it("says its status where a peer that knows no RFC 9457 reads it", () => {
    expect(statusOf(encodeResponse(problemResponse(problem), "1"))).toBe(404);
  });

  it("has a body of RFC 9457 that any JSON codec reads", () => {
    const { contentType, body } = problemResponse(problem);
    expect(contentType).toBe("application/problem+json");
    expect(contentType).toBe(PROBLEM_CONTENT_TYPE);
    expect(new Codecs().find(contentType)).toBe(jsonCodec);
    expect(jsonCodec.decode(body)).toEqual(problem);
  });

  it("leaves out a detail that it was not given", () => {
    const { body } = problemResponse({ status: 500, title: "Internal error", executed: "yes" });
    expect(jsonCodec.decode(body)).toEqual({ status: 500, title: "Internal error", executed: "yes" });
  });
});
