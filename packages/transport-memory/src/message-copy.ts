import { type Message, RpcError } from "@porthos-rpc/protocol";
import { copyBytes, isBytes } from "./bytes.js";
import { copyHeaders } from "./header-copy.js";
import { isShort } from "./utf8.js";

/**
 * The message as a wire would carry it: a copy that shares nothing with the original.
 * @param maxBodyBytes of the body; headers have their own bound
 * @throws {RpcError} BadRequest for what no wire could hold, TooLarge.
 */
export function copyMessage(message: Message, maxBodyBytes: number): Message {
  const { contentType, correlationId, replyTo, ttlMs } = message;
  checkShort("contentType", contentType);
  checkShort("correlationId", correlationId);
  checkShort("replyTo", replyTo);
  if (ttlMs !== undefined && !(Number.isSafeInteger(ttlMs) && ttlMs > 0)) {
    throw new RpcError(
      "BadRequest",
      `the message's ttlMs must be a whole number from 1, got ${String(ttlMs)}`,
    );
  }
  return {
    body: copyBody(message.body, maxBodyBytes),
    contentType,
    correlationId,
    replyTo,
    ttlMs,
    headers: copyHeaders(message.headers),
    durable: message.durable,
  };
}

function checkShort(field: string, text: unknown): void {
  if (text === undefined || (typeof text === "string" && isShort(text))) return;
  const found = typeof text === "string" ? "a longer one" : typeof text;
  throw new RpcError(
    "BadRequest",
    `the message's ${field} must be a text of at most 255 bytes, got ${found}`,
  );
}

function copyBody(body: Uint8Array, maxBytes: number): Uint8Array {
  if (!isBytes(body))
    throw new RpcError("BadRequest", `the message's body must be a Uint8Array, got ${typeof body}`);
  if (body.byteLength > maxBytes) {
    const sizes = `${body.byteLength} bytes, the limit is ${maxBytes}`;
    throw new RpcError("TooLarge", `the message's body is too large: ${sizes}`);
  }
  return copyBytes(body);
}
