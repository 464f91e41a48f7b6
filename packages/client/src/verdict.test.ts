import {
  encodeResponse,
  encodeText,
  type Message,
  problemResponse,
  TIMEOUT_PROBLEM,
} from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { readVerdict } from "./verdict.js";

/** What a server answers to a call whose time was over. */
function overdue(executed: "no" | "maybe" | "yes"): Message {
  return encodeResponse(
    problemResponse({ type: TIMEOUT_PROBLEM, status: 504, title: "Deadline passed", executed }),
    "id",
  );
}

const answer = (contentType: string | undefined, text: string, status = 504): Message =>
  encodeResponse({ statusCode: status, contentType, body: encodeText(text), headers: undefined }, "id");

describe("readVerdict", () => {
  it("reads that the call expired in the queue, and so never ran", () => {
    expect(readVerdict(overdue("no"))).toEqual({
      phase: "expired in the queue",
      executed: "no",
      isStuck: false,
      problem: { type: TIMEOUT_PROBLEM, status: 504, title: "Deadline passed", executed: "no" },
    });
  });

  it("reads that it expired in the queue when it came there again, so that it may have run before", () => {
    expect(readVerdict(overdue("maybe"))).toMatchObject({ phase: "expired in the queue", executed: "maybe" });
  });

  it("reads that it was running, and that nobody can tell how far it came", () => {
    expect(readVerdict(overdue("yes"))).toEqual({
      phase: "running at the server",
      executed: "maybe",
      isStuck: false,
      problem: { type: TIMEOUT_PROBLEM, status: 504, title: "Deadline passed", executed: "yes" },
    });
  });

  it.each(["{}", "null", '"late"', "[]", '{"status":504,"executed":"no"}'])(
    "takes a handler's own 504 for what it is, an answer: %s",
    (text) => {
      expect(readVerdict(answer("application/problem+json", text))).toBeUndefined();
    },
  );

  it.each<[string, Message]>([
    ["a response", answer("application/json", "1", 200)],
    ["another problem", answer("application/problem+json", "{}", 500)],
    ["a 504 of a handler's own, which is no problem", answer("application/json", "{}")],
    ["a 504 without a body", answer(undefined, "")],
    ["a problem that is no JSON", answer("application/problem+json", "{")],
    ["a problem of more than 4 kB", answer("application/problem+json", JSON.stringify("x".repeat(4_096)))],
    ["a problem without a status", { ...overdue("no"), headers: new Map() }],
  ])("takes nothing else for a server's word: %s", (_, message) => {
    expect(readVerdict(message)).toBeUndefined();
  });
});
