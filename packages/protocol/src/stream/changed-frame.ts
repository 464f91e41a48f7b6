import type { Headers, Message, ReadonlyHeaders } from "../message.js";
import { COUNT_HEADER, CREDIT_HEADER, FRAME_HEADER, SEQ_HEADER } from "./frame-headers.js";

/** What makes a message the frame that it is. */
const OWN_HEADERS = [FRAME_HEADER, SEQ_HEADER, COUNT_HEADER, CREDIT_HEADER];

/**
 * A frame as extensions have changed it: body, content type and headers are theirs; whose it is, where it goes and its own headers stay as
 * they were, so that both ends find its stream and its place there.
 * @throws {TypeError} when what they made is no message
 */
export function changedFrame(frame: Message, changed: Message): Message {
  if (changed === frame) return frame;
  if (!(changed?.body instanceof Uint8Array) || typeof changed.headers?.get !== "function") {
    throw new TypeError("an extension made no message of a frame");
  }
  const { correlationId, replyTo, ttlMs, durable } = frame;
  const { body, contentType } = changed;
  const headers = withOwn(frame.headers, changed.headers);
  return { body, contentType, correlationId, replyTo, ttlMs, headers, durable };
}

function withOwn(own: ReadonlyHeaders, changed: ReadonlyHeaders): ReadonlyHeaders {
  if (own === changed || OWN_HEADERS.every((name) => own.get(name) === changed.get(name))) return changed;
  const headers: Headers = new Map(changed);
  for (const name of OWN_HEADERS) {
    const value = own.get(name);
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return headers;
}
