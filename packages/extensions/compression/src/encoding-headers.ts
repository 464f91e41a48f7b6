import type { Headers, HeaderValue, Message, ReadonlyHeaders } from "@porthos-rpc/protocol";

/** How the body is encoded; on an answer that has not gone out yet, how it may be. */
export const ENCODING_HEADER = "porthos-encoding";

/** What its sender can read, the best first, with commas between: `zstd, gzip`. */
export const ACCEPT_HEADER = "porthos-accept-encoding";

const FRAME_HEADER = "porthos-frame";

/** Whoever names more is not listened to any longer. */
const MAX_LENGTH = 100;

/** The encodings that a header names. */
function namesIn(value: HeaderValue | undefined): readonly string[] {
  if (typeof value !== "string" || value.length > MAX_LENGTH) return [];
  return value.split(",").map((name) => name.trim());
}

/** The first of `ours` that a peer can read. */
export function firstOf(ours: Iterable<string>, value: HeaderValue | undefined): string | undefined {
  const theirs = namesIn(value);
  for (const name of ours) if (theirs.includes(name)) return name;
  return undefined;
}

/** Whether it is an item of a stream, or another message between a request and its answer. */
export function isFrame({ headers }: Message): boolean {
  return headers.has(FRAME_HEADER);
}

export function withHeader(headers: ReadonlyHeaders | undefined, name: string, value: HeaderValue): Headers {
  return new Map(headers).set(name, value);
}

/** The message with another body, which is encoded so; undefined: it is not. */
export function encodedAs(message: Message, body: Uint8Array, encoding: string | undefined): Message {
  const headers = new Map(message.headers);
  if (encoding === undefined) headers.delete(ENCODING_HEADER);
  else headers.set(ENCODING_HEADER, encoding);
  return { ...message, body, headers };
}
