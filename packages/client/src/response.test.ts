import { encodeText, type HeaderValue, NO_BODY } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { Response } from "./response.js";

function response(body: Uint8Array | string = NO_BODY, statusCode = 200, contentType?: string): Response {
  const bytes = typeof body === "string" ? encodeText(body) : body;
  return new Response({ statusCode, contentType, body: bytes, headers: undefined });
}

describe("Response", () => {
  it("has status, content type, headers and body as they came", () => {
    const headers = new Map<string, HeaderValue>([["etag", "x"]]);
    const body = Uint8Array.of(1);
    const answer = new Response({ statusCode: 404, contentType: "text/plain", body, headers });
    expect(answer).toMatchObject({ statusCode: 404, ok: false, contentType: "text/plain" });
    expect(answer.headers).toBe(headers);
    expect(answer.body).toBe(body);
  });

  it("has headers even if none came", () => {
    expect(response().headers.size).toBe(0);
  });

  it.each([
    [200, true],
    [204, true],
    [299, true],
    [199, false],
    [300, false],
    [500, false],
  ])("calls %d ok: %s", (statusCode, ok) => {
    expect(response("", statusCode).ok).toBe(ok);
  });

  it("reads its body as JSON, whatever the content type says", () => {
    expect(response('{"value":21}').json()).toEqual({ value: 21 });
    expect(response("[1]", 200, "text/plain").json()).toEqual([1]);
  });

  it("reads its body as text", () => {
    expect(response("grüße").text()).toBe("grüße");
    expect(response().text()).toBe("");
  });

  it.each([
    ["empty", NO_BODY],
    ["not UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
    ["JSON behind a byte order mark", "\ufeff{}"],
    ["NaN", "NaN"],
    ["cut off", '{"value":'],
    ["two values", "{}{}"],
  ])("throws BadReply, executed, when a body that should be JSON is %s", (_, body) => {
    expect(() => response(body).json()).toThrow(
      expect.objectContaining({ code: "BadReply", executed: "yes", status: 502 }),
    );
  });

  it("throws BadReply, with the reason as its cause, when a text is not UTF-8", () => {
    let error: unknown;
    try {
      response(Uint8Array.of(0xff)).text();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: "BadReply", message: "the body is not valid UTF-8" });
    expect((error as Error).cause).toBeInstanceOf(TypeError);
  });

  it.each([
    ['{"__proto__":{"admin":true}}', /__proto__/],
    ["[".repeat(65) + "]".repeat(65), /maxJsonDepth/],
    [JSON.stringify(Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [n, 1]))), /maxJsonKeys/],
  ])("takes JSON within limits only", (text, reason) => {
    expect(() => response(text).json()).toThrow(
      expect.objectContaining({ code: "BadReply", message: expect.stringMatching(reason) as string }),
    );
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});
