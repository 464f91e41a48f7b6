import { jsonCodec, NO_BODY } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { Response } from "./response.js";

describe("Response", () => {
  it("says nothing until it was answered", () => {
    const response = new Response();
    expect(response).toMatchObject({ statusCode: undefined, contentType: undefined, body: NO_BODY });
    expect(response.headers.size).toBe(0);
  });

  it("answers with JSON, with bytes, or without a body", () => {
    const json = new Response();
    json.json(201, { value: 21 });
    expect(json).toMatchObject({ statusCode: 201, contentType: "application/json" });
    expect(jsonCodec.decode(json.body)).toEqual({ value: 21 });
    const raw = new Response();
    const bytes = Uint8Array.of(1);
    raw.raw(200, "image/png", bytes);
    expect(raw).toMatchObject({ statusCode: 200, contentType: "image/png", body: bytes });
    const empty = new Response();
    empty.empty(404);
    expect(empty).toMatchObject({ statusCode: 404, contentType: undefined, body: NO_BODY });
  });

  it("is the last of several answers", () => {
    const response = new Response();
    response.json(200, "first");
    response.empty(500);
    response.raw(200, "text/plain", Uint8Array.of(65));
    response.json(404, "last");
    expect(response.toEnvelope("returned")).toMatchObject({
      statusCode: 404,
      contentType: "application/json",
    });
    expect(jsonCodec.decode(response.body)).toBe("last");
  });

  it("carries headers", () => {
    const response = new Response();
    response.headers.set("etag", "x");
    response.empty(204);
    expect(response.toEnvelope(undefined).headers).toEqual(new Map([["etag", "x"]]));
    expect(new Response().toEnvelope(undefined).headers).toBeUndefined();
  });

  it.each<[string, unknown, { statusCode: number; contentType: string | undefined; text: string }]>([
    ["nothing", undefined, { statusCode: 204, contentType: undefined, text: "" }],
    ["null", null, { statusCode: 200, contentType: "application/json", text: "null" }],
    ["a number", 0, { statusCode: 200, contentType: "application/json", text: "0" }],
    ["an empty text", "", { statusCode: 200, contentType: "application/json", text: '""' }],
    ["an object", { value: 21 }, { statusCode: 200, contentType: "application/json", text: '{"value":21}' }],
    ["bytes", Uint8Array.of(65), { statusCode: 200, contentType: "application/octet-stream", text: "A" }],
  ])(
    "answers with what a handler returned, if it answered in no other way: %s",
    (_, returned, { text, ...envelope }) => {
      const answer = new Response().toEnvelope(returned);
      expect(answer).toMatchObject(envelope);
      expect(new TextDecoder().decode(answer.body)).toBe(text);
    },
  );

  it.each([100, 200, 599])("takes the status %d", (statusCode) => {
    const response = new Response();
    response.empty(statusCode);
    expect(response.statusCode).toBe(statusCode);
  });

  it.each([99, 600, 0, -200, 200.5, Number.NaN, Number.POSITIVE_INFINITY, "200", undefined])(
    "refuses the status %s, and stays unanswered",
    (statusCode: unknown) => {
      const response = new Response();
      const status = statusCode as number;
      for (const answer of [
        () => response.empty(status),
        () => response.json(status, {}),
        () => response.raw(status, "text/plain", NO_BODY),
      ]) {
        expect(answer).toThrow(TypeError);
        expect(answer).toThrow(/^response: the status must be a whole number from 100 to 599, got /);
      }
      expect(response.statusCode).toBeUndefined();
    },
  );

  it("refuses a raw body that is none", () => {
    expect(() => new Response().raw(200, "text/plain", "text" as never)).toThrow(/must be a Uint8Array/);
  });

  it("keeps its last answer when JSON cannot say the next", () => {
    const response = new Response();
    response.json(200, "fine");
    expect(() => response.json(200, 1n)).toThrow(/BigInt/);
    expect(response.toEnvelope(undefined)).toMatchObject({ statusCode: 200 });
  });
});
