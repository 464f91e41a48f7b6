import { encodeText, type Message, NO_HEADERS } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { questionMessage, questionOf } from "./question.js";

function message(body: Uint8Array | string, replyTo: string | undefined = "inbox"): Message {
  return {
    body: typeof body === "string" ? encodeText(body) : body,
    contentType: undefined,
    correlationId: "1",
    replyTo,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
  };
}

describe("a question", () => {
  it("says what it asks, in JSON, and lives as long as somebody waits", () => {
    const question = questionMessage("stats", { correlationId: "1", replyTo: "inbox", ttlMs: 2_000 });
    expect(question).toMatchObject({ contentType: "application/json", ttlMs: 2_000, durable: false });
    expect(new TextDecoder().decode(question.body)).toBe('{"kind":"stats"}');
    expect(questionOf(question)).toBe("stats");
  });

  it("may have fields that are not known here", () => {
    expect(questionOf(message('{"kind":"ping","since":5,"deep":{"er":[]}}'))).toBe("ping");
  });

  it.each<[string, Message]>([
    ["nobody to answer to", { ...message('{"kind":"ping"}'), replyTo: undefined }],
    ["another kind", message('{"kind":"shutdown"}')],
    ["a kind of every object", message('{"kind":"toString"}')],
    ["no kind", message("{}")],
    ["no object", message("null")],
    ["no JSON", message("{")],
    ["no UTF-8", message(Uint8Array.of(0x7b, 0xff))],
    ["nothing", message("")],
    ["too much", message(`{"kind":"ping","more":"${"x".repeat(4_096)}"}`)],
    ["too much depth", message("[".repeat(4_096))],
  ])("is none with %s", (_, hostile) => {
    expect(questionOf(hostile)).toBeUndefined();
  });
});
