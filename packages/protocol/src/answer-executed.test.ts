import { describe, expect, it } from "vitest";
import { answerExecuted } from "./answer-executed.js";
import type { Executed } from "./errors.js";
import { responseEnvelope } from "./extension-testing.js";
import { problemResponse } from "./problem.js";
import { encodeText } from "./text.js";

const problem = (executed: Executed) =>
  problemResponse({ status: 503, title: "Unavailable", detail: "later", executed });

describe("answerExecuted", () => {
  it.each(["no", "maybe", "yes"] as const)("believes a problem that says %s", (executed) => {
    expect(answerExecuted(problem(executed))).toBe(executed);
  });

  it("takes no for maybe where the request was sent more than once", () => {
    expect(answerExecuted({ ...problem("no"), wasSentBefore: true })).toBe("maybe");
    expect(answerExecuted({ ...problem("yes"), wasSentBefore: true })).toBe("yes");
  });

  it("takes it that a call ran where its answer does not say otherwise as a problem", () => {
    const body = encodeText('{"executed":"no"}');
    const contentType = "application/problem+json";
    expect(answerExecuted(responseEnvelope({ body }))).toBe("yes");
    expect(answerExecuted(responseEnvelope({ statusCode: 500, body }))).toBe("yes");
    expect(answerExecuted(responseEnvelope({ statusCode: 500, contentType: "application/json", body }))).toBe(
      "yes",
    );
    for (const text of ["", "{", "null", "7", '{"executed":"perhaps"}', '{"executed":["no"]}'])
      expect(answerExecuted(responseEnvelope({ statusCode: 500, contentType, body: encodeText(text) }))).toBe(
        "yes",
      );
  });
});
