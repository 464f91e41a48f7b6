import { describe, expect, it } from "vitest";
import type { HeaderValue, Message } from "../message.js";
import { changedFrame } from "./changed-frame.js";
import { frameMessage } from "./frames.js";

const frame = frameMessage(
  { kind: "items", seq: 3, count: 2, body: Uint8Array.of(1, 2), contentType: "application/json" },
  { correlationId: "call", replyTo: "inbox", ttlMs: undefined },
);

describe("a frame that an extension changes", () => {
  it("that it leaves alone is the same object", () => {
    expect(changedFrame(frame, frame)).toBe(frame);
  });

  it("has the body, the content type and the further headers that it gives", () => {
    const body = Uint8Array.of(9);
    const headers = new Map<string, HeaderValue>([...frame.headers, ["x-signature", "s"]]);
    const changed = changedFrame(frame, { ...frame, body, contentType: "zip", headers });
    expect(changed).toEqual({ ...frame, body, contentType: "zip", headers });
    // A transport may have encoded them already.
    expect(changed.headers).toBe(headers);
  });

  it("stays the frame of its call, and its place in the stream, whatever it does with the headers and the address", () => {
    const changed = changedFrame(frame, {
      ...frame,
      correlationId: "another",
      replyTo: undefined,
      ttlMs: 1,
      durable: true,
      headers: new Map<string, HeaderValue>([
        ["porthos-seq", 0],
        ["porthos-credit", 9],
        ["mine", true],
      ]),
    });
    const headers = new Map<string, HeaderValue>([...frame.headers, ["mine", true]]);
    expect(changed).toEqual({ ...frame, headers });
  });

  it.each([undefined, null, {}, { ...frame, body: "text" }, { ...frame, headers: {} }])(
    "is none when it makes no message of it: %j",
    (made) => {
      expect(() => changedFrame(frame, made as unknown as Message)).toThrow(TypeError);
    },
  );
});
