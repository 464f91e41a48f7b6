import assert from "node:assert/strict";
import { decodeText, encodeText, type Message, NO_HEADERS } from "@porthos-rpc/protocol";

/** What a case cares about in a message; a text stands for its bytes in UTF-8. */
export type MessageParts = Partial<Omit<Message, "body">> & { readonly body?: string | Uint8Array };

/** A whole message out of what a case cares about. Not durable, lives for ever, unless it says so. */
export function message(parts: MessageParts | string = {}): Message {
  const given = typeof parts === "string" ? { body: parts } : parts;
  const { body = "hello" } = given;
  return {
    contentType: undefined,
    correlationId: undefined,
    replyTo: undefined,
    ttlMs: undefined,
    headers: NO_HEADERS,
    durable: false,
    ...given,
    body: typeof body === "string" ? encodeText(body) : body,
  };
}

/** The body as text. */
export function textOf(message: Message): string {
  return decodeText(message.body);
}

/** Messages whose bodies are the numbers from `first`. */
export function numbered(count: number, first = 0): Message[] {
  return Array.from({ length: count }, (_, index) => message(String(first + index)));
}

/** The texts of `numbered`. */
export function numbers(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => String(first + index));
}

/** Bytes that differ from place to place, so that a lost or swapped block shows. */
export function patterned(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >>> 8) * 7 + seed) & 0xff;
  return bytes;
}

/** The same bytes in the same number; says where they differ first, instead of printing a megabyte. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.ok(actual instanceof Uint8Array, "a body must be a Uint8Array");
  assert.equal(
    actual.length,
    expected.length,
    `${actual.length} bytes arrived instead of ${expected.length}`,
  );
  const at = expected.findIndex((byte, index) => actual[index] !== byte);
  assert.equal(at, -1, `the bytes differ from number ${at} on`);
}
