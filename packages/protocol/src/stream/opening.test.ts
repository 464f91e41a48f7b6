import { describe, expect, it } from "vitest";
import { type Headers, type HeaderValue, type Message, NO_BODY, NO_HEADERS } from "../message.js";
import { endCountOf, endHeaders, openingHeaders, openingOf } from "./opening.js";

function request(headers: Message["headers"]): Message {
  return {
    body: NO_BODY,
    contentType: undefined,
    correlationId: "id",
    replyTo: "inbox",
    ttlMs: undefined,
    headers,
    durable: false,
  };
}

describe("openingHeaders and openingOf", () => {
  it.each([
    { credit: 64, aliveMs: 5_000, timeoutMs: 60_000 },
    { credit: 0, aliveMs: undefined, timeoutMs: undefined },
    { credit: undefined, aliveMs: 250, timeoutMs: undefined },
  ])("carry credit $credit and an interval of $aliveMs ms unchanged", (opening) => {
    const headers = openingHeaders(opening);
    expect(openingOf(request(headers))).toEqual(opening);
    const texts = new Map([...headers].map(([name, value]) => [name, String(value)]));
    expect(openingOf(request(texts))).toEqual(opening);
  });

  it("are held within bounds: signs of life no more often than makes sense, and no time longer than a timer's", () => {
    const endless = openingHeaders({ credit: 1, aliveMs: 2 ** 40, timeoutMs: 2 ** 50 });
    expect(openingOf(request(endless))).toEqual({ credit: 1, aliveMs: 2 ** 31 - 1, timeoutMs: 2 ** 31 - 1 });
    const often = openingHeaders({ credit: 1, aliveMs: 1, timeoutMs: 1 });
    expect(openingOf(request(often))).toEqual({ credit: 1, aliveMs: 250, timeoutMs: 1 });
  });

  it("keep other headers, and change none", () => {
    const more: Headers = new Map([["a", 1]]);
    const headers = openingHeaders({ credit: 1, aliveMs: undefined, timeoutMs: undefined }, more);
    expect([...headers.keys()]).toEqual(["a", "porthos-stream"]);
    expect([...more.keys()]).toEqual(["a"]);
  });

  it("ask for nothing in a plain call", () => {
    expect(openingHeaders({ credit: undefined, aliveMs: undefined, timeoutMs: undefined }).size).toBe(0);
    expect(openingOf(request(NO_HEADERS))).toBeUndefined();
  });

  it.each<[string, HeaderValue]>([
    ["porthos-stream", -1],
    ["porthos-stream", 1.5],
    ["porthos-stream", "many"],
    ["porthos-alive", 0],
    ["porthos-alive", null],
    ["porthos-alive", [1]],
    ["porthos-timeout", 0],
    ["porthos-timeout", -5],
  ])("refuse a request whose %s is %j", (name, value) => {
    const headers = new Map<string, HeaderValue>([["porthos-stream", 1]]).set(name, value);
    expect(() => openingOf(request(headers))).toThrow(
      expect.objectContaining({ code: "BadRequest", message: expect.stringContaining(name) as string }),
    );
  });
});

describe("endHeaders and endCountOf", () => {
  it("carry how many items a stream had", () => {
    expect(endCountOf(endHeaders(0))).toBe(0);
    expect(endCountOf(endHeaders(12))).toBe(12);
  });

  it("know nothing of a plain reply's, or of what is no number", () => {
    expect(endCountOf(new Map([["statusCode", 200]]))).toBeUndefined();
    expect(endCountOf(new Map([["porthos-seq", "x"]]))).toBeUndefined();
  });
});
