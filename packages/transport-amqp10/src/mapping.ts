import { type HeaderValue, type Message, NO_BODY, NO_HEADERS, RpcError } from "@porthos-rpc/protocol";
import { decodeMessage, encodeMessage, type IncomingMessage } from "./amqp-message.js";
import { encodeHeaders } from "./header-encode.js";

/** Where a message goes, in the words of the broker. */
export interface Route {
  /** The property `to`: the address, on links that serve all addresses. */
  readonly to: string | undefined;
  /** The property `subject`; on links to an exchange it is the routing key. */
  readonly subject: string | undefined;
}

/** A message that came, and what the broker says about it. */
export interface Received {
  readonly message: Message;
  /** In the header: nobody had it before. Undefined = nothing is said. */
  readonly firstAcquirer: boolean | undefined;
  /** In the header: how often it was given back as failed. */
  readonly deliveryCount: number;
  readonly subject: string | undefined;
  /** The content of an AMQP value section, where that was asked for. */
  readonly value: HeaderValue | undefined;
}

/** 0-9-1 peers of the same broker get these as shortstr, whose length is one byte. */
const MAX_SHORT_BYTES = 255;
/** RabbitMQ 3 takes it for what it means to 0-9-1 clients, and ends the connection over it. */
const DIRECT_REPLY_TO = "amq.rabbitmq.reply-to";
/** As long a UTF-16 text cannot take more than 255 bytes, and need not be measured. */
const SURELY_SHORT = 85;
/** An AMQP uint. */
const MAX_TTL_MS = 4_294_967_295;
/** A smaller body is copied out of the bytes that were read with it, so that it does not keep them all in memory. */
const MIN_VIEW_BYTES = 16_384;

/** The whole message, ready to be sent. @throws {RpcError} BadRequest, TooLarge */
export function encode(message: Message, route: Route): Buffer {
  const { body, contentType, correlationId, replyTo, ttlMs, durable } = message;
  if (!(body instanceof Uint8Array)) throw new RpcError("BadRequest", "the body must be a Uint8Array");
  if (contentType !== undefined) checkSymbol("content type", contentType);
  if (correlationId !== undefined) checkShort("correlation id", correlationId);
  if (replyTo !== undefined) checkReplyTo(replyTo);
  if (ttlMs !== undefined && (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > MAX_TTL_MS)) {
    throw new RpcError("BadRequest", `the time to live must be whole milliseconds, 1 to ${MAX_TTL_MS}`);
  }
  const properties = {
    durable,
    ttlMs,
    to: route.to,
    subject: route.subject,
    replyTo,
    messageId: undefined,
    correlationId,
    contentType,
    applicationProperties: encodeHeaders(message.headers),
  };
  return encodeMessage(properties, body);
}

/** @throws {RpcError} BadRequest */
export function checkShort(what: string, text: string): string {
  if (typeof text !== "string") throw new RpcError("BadRequest", `the ${what} must be a text`);
  if (text.length <= SURELY_SHORT || Buffer.byteLength(text) <= MAX_SHORT_BYTES) return text;
  throw new RpcError("BadRequest", `the ${what} is longer than ${MAX_SHORT_BYTES} bytes`);
}

function checkReplyTo(address: string): void {
  checkShort("reply address", address);
  if (address !== DIRECT_REPLY_TO) return;
  throw new RpcError("BadRequest", `the reply address must be an inbox's; nobody hears "${DIRECT_REPLY_TO}"`);
}

/** A content type is a symbol, which has ASCII characters only (part 1, 1.6.21). */
function checkSymbol(what: string, text: string): void {
  checkShort(what, text);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) throw new RpcError("BadRequest", `the ${what} must be ASCII`);
  }
}

/**
 * @param asValue hands an AMQP value over as it is, instead of making it the body
 * @throws {RpcError} BadRequest when the bytes are no message, or its body is neither bytes nor text
 */
export function decode(bytes: Buffer, asValue = false): Received {
  let incoming: IncomingMessage;
  try {
    incoming = decodeMessage(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "unknown";
    throw new RpcError("BadRequest", `a message could not be decoded: ${why}`, { cause });
  }
  const { firstAcquirer, deliveryCount, subject, ttlMs } = incoming;
  const message: Message = {
    body: asValue && incoming.value !== undefined ? NO_BODY : bodyOf(incoming),
    contentType: incoming.contentType,
    correlationId: incoming.correlationId,
    replyTo: incoming.replyTo,
    // What is over by now was delivered all the same, so the last millisecond is still left.
    ttlMs: ttlMs === undefined ? undefined : Math.max(1, ttlMs),
    headers: incoming.headers ?? NO_HEADERS,
    durable: incoming.durable,
  };
  return { message, firstAcquirer, deliveryCount, subject, value: asValue ? incoming.value : undefined };
}

function bodyOf({ data, value }: IncomingMessage): Uint8Array {
  if (data.length === 1) return ownBytes(data[0] as Buffer);
  if (data.length > 1) return ownBytes(Buffer.concat(data));
  return value === undefined ? NO_BODY : bytesOfValue(value);
}

/** Some peers, and brokers that translate for them, send text and bytes as an AMQP value. */
function bytesOfValue(value: HeaderValue): Uint8Array {
  if (value === null) return NO_BODY;
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (value instanceof Uint8Array) return value;
  throw new RpcError(
    "BadRequest",
    "a message could not be decoded: its body is an AMQP value, not bytes or text",
  );
}

function ownBytes(bytes: Buffer): Uint8Array {
  if (bytes.length === 0) return NO_BODY;
  if (bytes.length < MIN_VIEW_BYTES) return new Uint8Array(bytes);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
