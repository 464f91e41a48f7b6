import { encodeText } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { answerOf } from "./answer-of.js";
import type { Answer, AnswerKind } from "./answers.js";

const SELF = { service: "CalculatorService", instance: "0a" };
const field = { type: "number", description: "The number", body: [{ type: "string" }] as const };

const ANSWERS: Answer = {
  ping: { kind: "ping", ...SELF, version: "1.2.3" },
  info: {
    kind: "info",
    ...SELF,
    upMs: 5,
    runtime: "node 22",
    transports: ["memory"],
    methods: ["addOne"],
    extensions: [{ name: "discovery", observes: ["outgoing"], settings: { any: [1] } }],
    metadata: { region: "eu" },
  },
  stats: {
    kind: "stats",
    ...SELF,
    sinceMs: 5,
    unknown: 0,
    methods: [
      {
        method: "addOne",
        requests: 1,
        errors: { "4xx": 0, "5xx": 0, other: 0 },
        inFlight: 0,
        durations: { meanMs: 1, p50Ms: 1, p99Ms: 1 },
      },
    ],
  },
  spec: {
    kind: "spec",
    ...SELF,
    methods: [
      { method: "silent" },
      {
        method: "addOne",
        spec: { description: "Adds", request: { contentType: "application/json", body: { value: field } } },
      },
    ],
  },
};
const KINDS = Object.keys(ANSWERS) as AnswerKind[];

const read = (kind: AnswerKind, value: unknown): unknown => answerOf(kind, encodeText(JSON.stringify(value)));

describe("answerOf", () => {
  it.each(KINDS)("reads what is answered to %s, and leaves out what it does not know", (kind) => {
    expect(read(kind, ANSWERS[kind])).toEqual(ANSWERS[kind]);
    expect(read(kind, { ...ANSWERS[kind], later: true })).toEqual(ANSWERS[kind]);
  });

  it.each(KINDS)("takes no answer to %s that lacks a part, or has another in its place", (kind) => {
    for (const name of Object.keys(ANSWERS[kind])) {
      for (const other of [null, {}, Number.NaN, [1], [{}], false]) {
        if (name === "metadata" && JSON.stringify(other) === "{}") continue;
        expect(read(kind, { ...ANSWERS[kind], [name]: other })).toBeUndefined();
      }
    }
    const { service: _, ...nobody } = ANSWERS[kind];
    expect(read(kind, nobody)).toBeUndefined();
  });

  it("takes the answer to no other question", () => {
    expect(read("ping", ANSWERS.info)).toBeUndefined();
  });

  it.each([
    ["no JSON", "{"],
    ["names of every object", '{"kind":"ping","service":"s","instance":"i","__proto__":{"version":"9"}}'],
    [
      "too much depth",
      `{"kind":"ping","service":"s","instance":"i","more":${"[".repeat(70)}${"]".repeat(70)}}`,
    ],
    ["too many bytes", JSON.stringify({ ...ANSWERS.ping, more: "x".repeat(2_097_152) })],
  ])("takes none with %s", (_, body) => {
    expect(answerOf("ping", encodeText(body))).toBeUndefined();
  });
});
