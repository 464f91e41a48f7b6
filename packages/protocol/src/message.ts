/**
 * A value that a header may hold. Integers that fit travel as AMQP int32, larger ones as int64, fractions as
 * double; transports without typed headers say so in their features.
 */
export type HeaderValue =
  | string
  | number
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly HeaderValue[]
  | { readonly [name: string]: HeaderValue };

/**
 * Header names and values. A Map, because names come from the network: `__proto__` is a name like any other here.
 * Names are case-sensitive.
 */
export type Headers = Map<string, HeaderValue>;

/** Headers that the holder may read only. A transport may keep what it derived from them as long as they live. */
export type ReadonlyHeaders = ReadonlyMap<string, HeaderValue>;

/**
 * What a transport carries, in both directions. Opaque to it: a transport knows no calls.
 * Every field is always present, so that all messages have one shape.
 */
export interface Message {
  /** The payload. Whoever sends it must not change it afterwards; whoever receives it owns it. */
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
  /** At most 255 bytes in UTF-8 (AMQP 0-9-1 shortstr). */
  readonly correlationId: string | undefined;
  /** An inbox address of the transport that carries the message, as `Inbox.address` gave it. */
  readonly replyTo: string | undefined;
  /** Relative time to live in whole milliseconds, 1 or more. Counted from the send; undefined = for ever. */
  readonly ttlMs: number | undefined;
  readonly headers: ReadonlyHeaders;
  /** Whether the broker should keep it over a restart of its own, where the queue outlasts one too. */
  readonly durable: boolean;
}

/** No headers at all: one frozen-by-type instance, so that transports can recognise it. */
export const NO_HEADERS: ReadonlyHeaders = new Map();

/** No body at all. */
export const NO_BODY: Uint8Array = new Uint8Array(0);
