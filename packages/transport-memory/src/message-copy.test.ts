import { type Message, RpcError } from "@porthos-rpc/protocol";
import { describe, expect, it } from "vitest";
import { message } from "../test/messages.js";
import { copyMessage } from "./message-copy.js";

function refusal(wrong: Partial<Record<keyof Message, unknown>>, maxBytes = 1_000): RpcError {
  try {
    copyMessage({ ...message(""), ...wrong } as Message, maxBytes);
  } catch (error) {
    if (error instanceof RpcError) return error;
  }
  return expect.unreachable("it was not refused");
}

describe("copyMessage", () => {
  it("keeps every field", () => {
    const original = message("body", {
      contentType: "text/plain",
      correlationId: "id",
      replyTo: "inbox.1",
      ttlMs: 1,
      headers: new Map([["a", 1]]),
      durable: true,
    });
    expect(copyMessage(original, 1_000)).toStrictEqual(original);
  });

  it("copies the body, also that of a Buffer, whose slices are views", () => {
    const body = Buffer.from("before");
    const copy = copyMessage(message("", { body }), 1_000);
    body.fill(0);
    expect(Object.getPrototypeOf(copy.body)).toBe(Uint8Array.prototype);
    expect(new TextDecoder().decode(copy.body)).toBe("before");
  });

  it("takes a body of just the limit, and refuses one byte more as too large", () => {
    expect(copyMessage(message("1234"), 4).body).toHaveLength(4);
    const error = refusal({ body: new Uint8Array(5) }, 4);
    expect(error.code).toBe("TooLarge");
    expect(error.message).toContain("5 bytes, the limit is 4");
  });

  it.each(["contentType", "correlationId", "replyTo"] as const)(
    "refuses a %s of more than 255 bytes",
    (field) => {
      expect(copyMessage(message("", { [field]: "x".repeat(255) }), 1_000)[field]).toHaveLength(255);
      const error = refusal({ [field]: "é".repeat(128) });
      expect(error.code).toBe("BadRequest");
      expect(error.message).toContain(field);
    },
  );

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10"])(
    "refuses a time to live of %s",
    (ttlMs) => {
      expect(refusal({ ttlMs }).code).toBe("BadRequest");
    },
  );

  it.each(["text", undefined, null, [1, 2], new Uint16Array(1)])("refuses %s as a body", (body) => {
    expect(refusal({ body }).code).toBe("BadRequest");
  });
});
