import { inOneLine, type Message, NO_BODY, RpcError } from "@porthos-rpc/protocol";
import type { Options } from "amqplib";
import type { Properties } from "./content-header.js";
import { encodeHeaders } from "./header-encode.js";

/** What depends on the broker and its connection. */
export interface Dialect {
  /**
   * Qpid Broker-J reads `expiration` as a point in time, in milliseconds since 1970; RabbitMQ, and the AMQP working
   * group, as a time from now.
   */
  readonly absoluteExpiration: boolean;
  /** Qpid Broker-J returns a message after its negative confirm, RabbitMQ before its confirm. */
  readonly returnsLate: boolean;
  /**
   * On Qpid Broker-J a rejected message is delivered again (`basic.reject`) or kept for its consumer (`basic.nack`),
   * for ever unless the queue has a maximum of delivery attempts. Only an acknowledgement is the end of it.
   */
  readonly keepsRejected: boolean;
  /** Whether a queue can go by itself some time after nobody has used it: RabbitMQ's `x-expires`. */
  readonly expiresQueues: boolean;
  /** Whether a consumer hears that its queue was deleted: Qpid Broker-J tells nobody. */
  readonly tellsOfDeletion: boolean;
  /**
   * On Qpid Broker-J the part of a routing key before a `/` is taken for an exchange, and what begins with `$` for a
   * node of the broker itself: messages for such a queue never reach it.
   */
  readonly readsAddresses: boolean;
  /** Qpid Broker-J loses a message with an empty table in its headers, or ends itself over one within another table. */
  readonly fallsOverEmptyTables: boolean;
  /**
   * Qpid Broker-J quotes the routing key of what it returns, and ends the connection if the quotation is longer than 255 bytes, which
   * it is for a long key of emoji.
   */
  readonly fallsOverLongReturns: boolean;
  /** The most that a header table may take, in bytes: it has to fit into one frame. */
  readonly maxHeaderBytes: number;
}

/** A shortstr's length is one byte (AMQP 0-9-1, 4.2.5.3). */
const MAX_SHORT_BYTES = 255;
/** As long a UTF-16 text cannot take more than 255 bytes, and need not be measured. */
const SURELY_SHORT = 85;
/** Of delivery-mode; the other one, 1, is what a message without it has. */
const PERSISTENT = 2;
/** Where nobody consumes from it, RabbitMQ closes the channel over a message that asks for its reply here. */
const DIRECT_REPLY_TO = "amq.rabbitmq.reply-to";
/** RabbitMQ closes the channel for a longer one. */
const MAX_TTL_MS = 4_294_967_295;
/** Between two header tables in one frame there is room for all the other properties. */
const OTHER_PROPERTIES_BYTES = 4_096;
/** amqplib encodes into a buffer of 64 KiB. */
const DRIVER_HEADER_BYTES = 65_536;

export function dialectOf(product: string, frameMax: number): Dialect {
  const roomInFrame = frameMax > 0 ? frameMax - OTHER_PROPERTIES_BYTES : DRIVER_HEADER_BYTES;
  const isQpid = /qpid/i.test(product);
  return {
    absoluteExpiration: isQpid,
    returnsLate: isQpid,
    keepsRejected: isQpid,
    expiresQueues: /rabbitmq/i.test(product),
    tellsOfDeletion: !isQpid,
    readsAddresses: isQpid,
    fallsOverEmptyTables: isQpid,
    fallsOverLongReturns: isQpid,
    maxHeaderBytes: Math.max(0, Math.min(DRIVER_HEADER_BYTES, roomInFrame)),
  };
}

/**
 * What amqplib is to publish. Everything that amqplib or the broker would answer with an exception, a closed channel
 * or a closed connection is refused here: it would take all other sends with it.
 * @param messageId what a returned message is recognised by; undefined = not mandatory
 * @throws {RpcError} BadRequest, TooLarge
 */
export function publishOptions(
  message: Message,
  messageId: string | undefined,
  dialect: Dialect,
): Options.Publish {
  const { contentType, correlationId, replyTo, ttlMs } = message;
  const { table, bytes, withEmptyTable } = encodeHeaders(message.headers);
  if (dialect.fallsOverEmptyTables && withEmptyTable !== undefined) {
    const name = withEmptyTable.slice(0, 60);
    throw new RpcError(
      "BadRequest",
      `the header "${name}" holds an empty table, which Qpid Broker-J cannot carry`,
    );
  }
  if (bytes > dialect.maxHeaderBytes) {
    throw new RpcError(
      "TooLarge",
      `the headers take ${bytes} bytes; at most ${dialect.maxHeaderBytes} are carried`,
    );
  }
  // All names are always there, so that amqplib sees one shape of object; undefined means absent to it.
  const options: { [name in keyof Options.Publish]: Options.Publish[name] | undefined } = {
    mandatory: messageId !== undefined,
    headers: table,
    contentType: contentType === undefined ? undefined : checkShort("content type", contentType),
    correlationId: correlationId === undefined ? undefined : checkShort("correlation id", correlationId),
    replyTo: replyTo === undefined ? undefined : checkReplyTo(replyTo),
    expiration: ttlMs === undefined ? undefined : expiration(ttlMs, dialect),
    messageId,
    // Without it a message is transient (RabbitMQ, Qpid): version 1 of the wire sets it for nobody who waits.
    deliveryMode: message.durable ? PERSISTENT : undefined,
  };
  return options as Options.Publish;
}

/** The payload as amqplib wants it, without a copy. @throws {RpcError} BadRequest */
export function bufferOf(body: Uint8Array): Buffer {
  if (Buffer.isBuffer(body)) return body;
  if (body instanceof Uint8Array) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  throw new RpcError("BadRequest", "the body must be a Uint8Array");
}

/** @throws {RpcError} BadRequest */
export function checkShort(what: string, text: string): string {
  if (typeof text !== "string") throw new RpcError("BadRequest", `the ${what} must be a text`);
  if (text.length <= SURELY_SHORT || Buffer.byteLength(text) <= MAX_SHORT_BYTES) return text;
  throw new RpcError("BadRequest", `the ${what} is longer than ${MAX_SHORT_BYTES} bytes`);
}

/** @throws {RpcError} BadRequest */
function checkReplyTo(address: string): string {
  if (address !== DIRECT_REPLY_TO) return checkShort("reply address", address);
  throw new RpcError("BadRequest", `the reply address must be an inbox's; nobody hears "${DIRECT_REPLY_TO}"`);
}

/**
 * Refuses a queue's name that the broker takes for something else.
 * @throws {RpcError} Config
 */
export function checkQueueName(queue: string, { readsAddresses }: Dialect): void {
  if (!readsAddresses || !/^\$|\//.test(queue)) return;
  const text = `queue "${inOneLine(queue, 255)}": on Qpid Broker-J a queue's name can neither contain "/" nor begin with "$"`;
  throw new RpcError("Config", text, { executed: "no" });
}

/** A key that is shorter fits into a quotation of it, whatever is around it. */
const MAX_QUOTED_BYTES = 192;

/** Whether a message by this routing key may be asked back: a stranger who chose it must not end the connection of all. */
export function isReturnable(routingKey: string, { fallsOverLongReturns }: Dialect): boolean {
  if (!fallsOverLongReturns || routingKey.length <= MAX_QUOTED_BYTES / 4) return true;
  const bytes = Buffer.byteLength(routingKey);
  return bytes <= MAX_QUOTED_BYTES || bytes === routingKey.length;
}

function expiration(ttlMs: number, dialect: Dialect): string {
  if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > MAX_TTL_MS) {
    throw new RpcError("BadRequest", `the time to live must be whole milliseconds, 1 to ${MAX_TTL_MS}`);
  }
  return String(dialect.absoluteExpiration ? Date.now() + ttlMs : ttlMs);
}

/** What was received, as a message. */
export function toMessage(content: Buffer, properties: Properties, dialect: Dialect): Message {
  return {
    body: content.length === 0 ? NO_BODY : plainBytes(content),
    contentType: properties.contentType || undefined,
    correlationId: properties.correlationId || undefined,
    replyTo: properties.replyTo || undefined,
    ttlMs: timeToLive(properties.expiration, dialect),
    headers: properties.headers,
    durable: properties.deliveryMode === PERSISTENT,
  };
}

/** How often RabbitMQ has delivered a message before; only its quorum queues count. */
export function deliveryCountOf({ headers }: Message): number | undefined {
  const count = headers.get("x-delivery-count");
  return typeof count === "number" || typeof count === "bigint" ? Number(count) : undefined;
}

/** The same memory without Buffer's own meanings of `slice` and `toString`. */
function plainBytes(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What is over by now was delivered all the same, so the last millisecond is still left. */
function timeToLive(expiration: string | undefined, dialect: Dialect): number | undefined {
  if (expiration === undefined || !/^\d{1,15}$/.test(expiration)) return undefined;
  const ms = dialect.absoluteExpiration ? Number(expiration) - Date.now() : Number(expiration);
  return Math.max(1, ms);
}
