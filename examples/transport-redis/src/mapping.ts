import { randomUUID } from "node:crypto";
import { MAX_DURATION_MS, type Message, RpcError, valuesCodec } from "@porthos-rpc/protocol";

/** Longer texts do not fit into other carriers; what works here shall work there. */
const MAX_TEXT_BYTES = 255;

/** The key of a queue's stream, and the channel on which its consumers hear that there is something in it. */
export function queueKey(queue: string): string {
  return `porthos:queue:${checkName("queue", queue)}`;
}

export function topicChannel(topic: string): string {
  return `porthos:topic:${checkName("topic", topic)}`;
}

/** An inbox's address is its channel. Whoever was not given it cannot guess it. */
export function newInboxAddress(): string {
  return `porthos:inbox:${randomUUID()}`;
}

/** A stranger's address must not reach any other channel. @throws {RpcError} BadRequest */
export function inboxChannel(address: unknown): string {
  if (typeof address === "string" && /^porthos:inbox:[0-9a-f-]{36}$/.test(address)) return address;
  throw new RpcError("BadRequest", "this is no address of an inbox in Redis");
}

/**
 * The length of the properties (4 bytes), the properties, the body. JSON has no dates and no bytes, so the properties
 * are in the form of `valuesCodec`.
 * @throws {RpcError} BadRequest for what cannot be carried, TooLarge
 */
export function encode(message: Message, maxBodyBytes: number): Buffer {
  const { body, ...properties } = message;
  // First the codec: it refuses circles, in which the check would be caught.
  const encoded = valuesCodec.encode(properties);
  check(message);
  if (body.length > maxBodyBytes)
    throw new RpcError("TooLarge", `the body has more than ${maxBodyBytes} bytes`);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(encoded.length);
  return Buffer.concat([length, encoded, body]);
}

/** @throws {Error} for bytes that are no message of ours */
export function decode(bytes: Buffer): Message {
  const start = 4 + bytes.readUInt32BE(0);
  const properties = valuesCodec.decode(bytes.subarray(4, start)) as Omit<Message, "body">;
  const { contentType, correlationId, replyTo, ttlMs, headers, durable } = properties;
  // A copy: what we were given is a part of the driver's buffer, and every subscriber gets a message of its own.
  const body = new Uint8Array(bytes.subarray(start));
  const message = { body, contentType, correlationId, replyTo, ttlMs, headers, durable };
  check(message);
  return message;
}

function check({ body, contentType, correlationId, replyTo, ttlMs, headers }: Message): void {
  if (!(body instanceof Uint8Array)) throw bad("the body must be a Uint8Array");
  for (const [name, text] of Object.entries({ contentType, correlationId, replyTo })) {
    if (text !== undefined && !isShort(text))
      throw bad(`${name} must be a text of at most ${MAX_TEXT_BYTES} bytes`);
  }
  if (ttlMs !== undefined && !(Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= MAX_DURATION_MS))
    throw bad(`ttlMs must be whole milliseconds, 1 to ${MAX_DURATION_MS}`);
  if (!(headers instanceof Map)) throw bad("the headers must be a Map");
  for (const [name, value] of headers)
    if (!isHeader(value)) throw bad(`the header ${name} has a wrong value`);
}

/** The codec knows more kinds of values than a header may be of. */
function isHeader(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value !== "object") return Number.isFinite(value);
  if (value instanceof Date || value instanceof Uint8Array) return true;
  return !(value instanceof Map || value instanceof Set) && Object.values(value).every(isHeader);
}

function isShort(text: unknown): text is string {
  return typeof text === "string" && Buffer.byteLength(text) <= MAX_TEXT_BYTES;
}

function checkName(kind: string, name: unknown): string {
  if (isShort(name) && name !== "") return name;
  throw bad(`the ${kind}'s name must be a text of 1 to ${MAX_TEXT_BYTES} bytes`);
}

function bad(message: string): RpcError {
  return new RpcError("BadRequest", message);
}
