import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HeaderValue, type Message, NO_BODY, NO_HEADERS } from "../message.js";
import { encodeText } from "../text.js";
import { ALIVE, CANCEL, type Frame, frameMessage, frameOf, type OutgoingFrame } from "./frames.js";

const ENVELOPE = { correlationId: "id", replyTo: undefined, ttlMs: undefined };

function message(headers: Record<string, HeaderValue>): Message {
  return { ...frameMessage(ALIVE, ENVELOPE), headers: new Map(Object.entries(headers)) };
}

const body = encodeText("[1,2]");
const FRAMES: OutgoingFrame[] = [
  ALIVE,
  CANCEL,
  { kind: "alive", seq: 0, credit: undefined },
  { kind: "alive", seq: undefined, credit: 64 },
  { kind: "alive", seq: 7, credit: 0 },
  { kind: "items", seq: 0, count: 2, body, contentType: "application/json" },
  { kind: "item", seq: 2 ** 40, count: 1, body, contentType: undefined },
  { kind: "end", seq: 12 },
  { kind: "credit", total: 128 },
];

describe("frameMessage and frameOf", () => {
  it.each(FRAMES)("carry a frame of kind $kind unchanged", (frame) => {
    expect(frameOf(frameMessage(frame, ENVELOPE))).toEqual(frame);
  });

  it.each(FRAMES)("carry a frame of kind $kind where all headers arrive as texts", (frame) => {
    const { headers, ...rest } = frameMessage(frame, ENVELOPE);
    const texts = new Map([...headers].map(([name, value]) => [name, String(value)]));
    expect(frameOf({ ...rest, headers: texts })).toEqual(frame);
  });

  it("put a frame into its envelope, and into no queue for ever", () => {
    const envelope = { correlationId: "id", replyTo: "inbox", ttlMs: 5 };
    expect(frameMessage({ kind: "credit", total: 3 }, envelope)).toEqual({
      ...envelope,
      body: NO_BODY,
      contentType: undefined,
      headers: new Map<string, HeaderValue>([
        ["porthos-frame", "credit"],
        ["porthos-credit", 3],
      ]),
      durable: false,
    });
  });

  it.each([ALIVE, CANCEL])("use the same headers for every frame that says only $kind", (frame) => {
    expect(frameMessage(frame, ENVELOPE).headers).toBe(frameMessage(frame, ENVELOPE).headers);
  });
});

describe("frameOf", () => {
  it("is undefined for requests and replies, at the cost of one look", () => {
    const looks: string[] = [];
    const headers = new Map<string, HeaderValue>([["statusCode", 200]]);
    const watched = new Proxy(headers, {
      get: (target, name) => {
        looks.push(String(name));
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    expect(frameOf({ ...message({}), headers: watched })).toBeUndefined();
    expect(looks).toEqual(["get"]);
    expect(frameOf({ ...message({}), headers: NO_HEADERS })).toBeUndefined();
  });

  it.each<[string, Record<string, HeaderValue>, string]>([
    ["an unknown kind", { "porthos-frame": "secret" }, "porthos-frame is a text"],
    ["a kind that is no text", { "porthos-frame": 5 }, "porthos-frame is a number"],
    ["null for a kind", { "porthos-frame": null }, "porthos-frame is null"],
    ["items without a number", { "porthos-frame": "items", "porthos-count": 1 }, "porthos-seq"],
    ["items without a count", { "porthos-frame": "items", "porthos-seq": 1 }, "porthos-count"],
    ["no items", { "porthos-frame": "items", "porthos-seq": 1, "porthos-count": 0 }, "porthos-count"],
    ["a negative number", { "porthos-frame": "item", "porthos-seq": -1 }, "porthos-seq"],
    ["a fraction", { "porthos-frame": "item", "porthos-seq": 0.5 }, "porthos-seq"],
    ["a number that is none", { "porthos-frame": "item", "porthos-seq": Number.NaN }, "porthos-seq"],
    ["a number beyond counting", { "porthos-frame": "end", "porthos-seq": 2 ** 53 }, "porthos-seq"],
    ["a text that is no number", { "porthos-frame": "end", "porthos-seq": "1e3" }, "porthos-seq"],
    ["a table", { "porthos-frame": "credit", "porthos-credit": { a: 1 } }, "porthos-credit"],
    ["credit without a total", { "porthos-frame": "credit" }, "porthos-credit"],
    ["a sign of life that cannot count", { "porthos-frame": "alive", "porthos-seq": true }, "porthos-seq"],
    [
      "a sign of life with wrong credit",
      { "porthos-frame": "alive", "porthos-credit": -3 },
      "porthos-credit",
    ],
  ])("takes %s for invalid, with a reason without the peer's words", (_, headers, reason) => {
    const frame = frameOf(message(headers)) as Frame;
    expect(frame).toEqual({ kind: "invalid", reason: expect.stringContaining(reason) as string });
    expect(JSON.stringify(frame)).not.toContain("secret");
  });

  it("never throws, and gives only numbers that count, whatever the headers hold", () => {
    const value: fc.Arbitrary<HeaderValue> = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.constantFrom("1", "-1", "9".repeat(15), "9".repeat(16), null, true, Number.POSITIVE_INFINITY),
      fc.date(),
      fc.uint8Array({ maxLength: 3 }),
      fc.array(fc.integer(), { maxLength: 2 }),
    );
    const kind = fc.constantFrom("alive", "items", "item", "end", "credit", "cancel", "x");
    const counts = fc.record(
      { "porthos-seq": value, "porthos-count": value, "porthos-credit": value },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(kind, value), counts, (frameKind, headers) => {
        const frame = frameOf(message({ "porthos-frame": frameKind, ...headers })) as Frame;
        for (const name of ["seq", "count", "total", "credit"] as const) {
          const found: unknown = (frame as unknown as Record<string, unknown>)[name];
          if (found !== undefined) expect(Number.isSafeInteger(found) && (found as number) >= 0).toBe(true);
        }
      }),
    );
  });
});
