import { NO_HEADERS, type ReadonlyHeaders, RpcError } from "@porthos-rpc/protocol";
import { FieldTableReader } from "./field-table.js";

/** What this package reads of a message's properties (AMQP 0-9-1, class basic). */
export interface Properties {
  readonly contentType: string | undefined;
  readonly headers: ReadonlyHeaders;
  readonly deliveryMode: number | undefined;
  readonly correlationId: string | undefined;
  readonly replyTo: string | undefined;
  readonly expiration: string | undefined;
  readonly messageId: string | undefined;
  /** Why they could not be read; then nothing else is set. */
  readonly unreadable: unknown;
}

/** Flags, from the highest bit on, in the order in which the properties follow them (4.2.6.1). */
const FLAG = {
  contentType: 0x8000,
  contentEncoding: 0x4000,
  headers: 0x2000,
  deliveryMode: 0x1000,
  priority: 0x0800,
  correlationId: 0x0400,
  replyTo: 0x0200,
  expiration: 0x0100,
  messageId: 0x0080,
  moreFlags: 0x0001,
} as const;

/** Where the flags stand, behind class, weight and body size. */
const FLAGS_AT = 12;

/**
 * Reads the payload of a content header frame. Never throws: what cannot be read has a mark instead, so that its
 * consumer can reject that one message. (An exception in amqplib's frame loop would cost the connection.)
 */
export function readProperties(payload: Buffer): Properties {
  try {
    return new PropertyReader(payload).read();
  } catch (unreadable) {
    return { ...NOTHING, unreadable };
  }
}

const NOTHING: Properties = {
  contentType: undefined,
  headers: NO_HEADERS,
  deliveryMode: undefined,
  correlationId: undefined,
  replyTo: undefined,
  expiration: undefined,
  messageId: undefined,
  unreadable: undefined,
};

class PropertyReader {
  readonly #bytes: Buffer;
  readonly #flags: number;
  #at = FLAGS_AT + 2;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#flags = bytes.readUInt16BE(FLAGS_AT);
  }

  read(): Properties {
    if (this.#has(FLAG.moreFlags))
      throw new RpcError("BadRequest", "a message has properties that do not exist");
    const contentType = this.#text(FLAG.contentType);
    this.#text(FLAG.contentEncoding);
    const headers = this.#has(FLAG.headers) ? this.#headers() : NO_HEADERS;
    const deliveryMode = this.#octet(FLAG.deliveryMode);
    this.#octet(FLAG.priority);
    const correlationId = this.#text(FLAG.correlationId);
    const replyTo = this.#text(FLAG.replyTo);
    const expiration = this.#text(FLAG.expiration);
    const messageId = this.#text(FLAG.messageId);
    // Timestamp, type, user id, application id and cluster id follow; nobody asks for them.
    return {
      contentType,
      headers,
      deliveryMode,
      correlationId,
      replyTo,
      expiration,
      messageId,
      unreadable: undefined,
    };
  }

  #has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }

  #text(flag: number): string | undefined {
    if (!this.#has(flag)) return undefined;
    const start = this.#at + 1;
    const end = start + this.#bytes.readUInt8(this.#at);
    this.#at = end;
    return this.#bytes.toString("utf8", start, end);
  }

  #octet(flag: number): number | undefined {
    return this.#has(flag) ? this.#bytes.readUInt8(this.#at++) : undefined;
  }

  #headers(): ReadonlyHeaders {
    const start = this.#at;
    const length = this.#bytes.readUInt32BE(start);
    this.#at = start + 4 + length;
    return length === 0 ? NO_HEADERS : new FieldTableReader(this.#bytes, start).headers();
  }
}
