import { type HeaderValue, type Message, RpcError } from "@porthos-rpc/protocol";

/*
 * A message in Redis: the length of its properties (4 bytes), the properties in JSON, the body. JSON has no dates and
 * no bytes: headers that are objects of any kind are wrapped, so that their type shows: {table}, {date}, {bytes}.
 */

const MAX_TEXT_BYTES = 255;
const MAX_HEADER_DEPTH = 32;
const MAX_TTL_MS = 2_147_483_647;

/** @throws {RpcError} BadRequest for what cannot be carried, TooLarge */
export function encode(message: Message, maxBodyBytes: number): Buffer {
  const { body, contentType, correlationId, replyTo, ttlMs, durable } = message;
  if (!(body instanceof Uint8Array)) throw bad("the body must be a Uint8Array");
  if (body.length > maxBodyBytes)
    throw new RpcError("TooLarge", `the body has more than ${maxBodyBytes} bytes`);
  for (const [name, text] of Object.entries({ contentType, correlationId, replyTo })) {
    if (text === undefined) continue;
    if (typeof text !== "string" || Buffer.byteLength(text) > MAX_TEXT_BYTES) {
      throw bad(`${name} must be a text of at most ${MAX_TEXT_BYTES} bytes`);
    }
  }
  if (ttlMs !== undefined && !(Number.isInteger(ttlMs) && ttlMs >= 1 && ttlMs <= MAX_TTL_MS)) {
    throw bad(`ttlMs must be whole milliseconds, 1 to ${MAX_TTL_MS}`);
  }
  const headers = encodeHeaders(message);
  const properties = JSON.stringify({ contentType, correlationId, replyTo, ttlMs, durable, headers });
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(properties));
  return Buffer.concat([length, Buffer.from(properties), body]);
}

/** @throws {Error} for bytes that are no message of ours */
export function decode(bytes: Buffer): Message {
  const start = 4 + bytes.readUInt32BE(0);
  if (start > bytes.length) throw new RangeError("the properties are cut off");
  const found: Record<string, unknown> = JSON.parse(bytes.toString("utf8", 4, start));
  const text = (name: string): string | undefined =>
    typeof found[name] === "string" ? found[name] : undefined;
  return {
    // A copy: what we were given is a part of the driver's buffer, and every subscriber gets a message of its own.
    body: new Uint8Array(bytes.subarray(start)),
    contentType: text("contentType"),
    correlationId: text("correlationId"),
    replyTo: text("replyTo"),
    ttlMs: Number.isInteger(found["ttlMs"]) ? Number(found["ttlMs"]) : undefined,
    headers: new Map(
      (found["headers"] as [string, unknown][]).map(([name, value]) => [String(name), fromJson(value)]),
    ),
    durable: found["durable"] === true,
  };
}

function encodeHeaders({ headers }: Message): unknown {
  try {
    return Array.from(headers, ([name, value]) => [name, toJson(value, [])]);
  } catch (cause) {
    // A getter of the user's own may throw anything; an invalid date throws a RangeError.
    throw cause instanceof RpcError ? cause : bad("the headers cannot be read", cause);
  }
}

function toJson(value: HeaderValue, outer: readonly object[]): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value !== "object") throw bad(`a header must not be ${String(typeof value)}, NaN or infinite`);
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (value instanceof Date) return { date: value.toISOString() };
  if (outer.length >= MAX_HEADER_DEPTH || outer.includes(value)) throw bad("a header is nested too deep");
  const inside = [...outer, value];
  if (Array.isArray(value)) return value.map((item: HeaderValue) => toJson(item, inside));
  return {
    table: Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toJson(item, inside)])),
  };
}

function fromJson(value: unknown): HeaderValue {
  if (typeof value !== "object" || value === null) return value as HeaderValue;
  if (Array.isArray(value)) return value.map(fromJson);
  const { bytes, date, table } = value as { bytes?: string; date?: string; table?: object };
  if (bytes !== undefined) return new Uint8Array(Buffer.from(bytes, "base64"));
  if (date !== undefined) return new Date(date);
  return Object.fromEntries(Object.entries(table ?? {}).map(([name, item]) => [name, fromJson(item)]));
}

function bad(message: string, cause?: unknown): RpcError {
  return new RpcError("BadRequest", message, { cause });
}
