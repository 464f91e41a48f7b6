import { NO_HEADERS, type ReadonlyHeaders, RpcError } from "@porthos-rpc/protocol";

/** A header table in the form that amqplib's encoder takes. */
export interface EncodedHeaders {
  /** Undefined = no headers. */
  readonly table: object | undefined;
  /** What it takes on the wire (AMQP 0-9-1, 4.2.5.5). */
  readonly bytes: number;
  /** The header that is, or contains, a table without entries. */
  readonly withEmptyTable: string | undefined;
}

/** Deeper nesting has no use, costs receivers stack, and is what a circular value looks like. */
const MAX_DEPTH = 32;
const MAX_NAME_BYTES = 255;
const MIN_INT32 = -2_147_483_648;
const MAX_INT32 = 2_147_483_647;
/** Beyond, an integer does not fit int64 and travels as a double. */
const INT64_BOUND = 2 ** 63;

const NONE: EncodedHeaders = { table: undefined, bytes: 4, withEmptyTable: undefined };

/** Protocol hands in one Map per method and per status again and again. */
const cache = new WeakMap<ReadonlyHeaders, EncodedHeaders>();

/** @throws {RpcError} BadRequest naming the header that has no AMQP form */
export function encodeHeaders(headers: ReadonlyHeaders): EncodedHeaders {
  if (headers === NO_HEADERS) return NONE;
  let encoded = cache.get(headers);
  if (encoded === undefined) {
    encoded = new Encoder().encode(headers);
    cache.set(headers, encoded);
  }
  return encoded;
}

class Encoder {
  #bytes = 4;
  #header = "";
  #withEmptyTable: string | undefined;

  encode(headers: ReadonlyHeaders): EncodedHeaders {
    if (headers.size === 0) return NONE;
    const table: Record<string, unknown> = Object.create(null);
    for (const [name, value] of headers) {
      this.#header = String(name);
      // The broker takes these for further addresses, and closes the channel if they are no lists.
      if (name === "CC" || name === "BCC") this.#refuse("has a meaning of its own for the broker");
      table[this.#name(name)] = this.#value(value, 1);
    }
    return { table, bytes: this.#bytes, withEmptyTable: this.#withEmptyTable };
  }

  #name(name: unknown): string {
    if (typeof name !== "string") this.#refuse("must be a text");
    const bytes = Buffer.byteLength(name);
    if (bytes > MAX_NAME_BYTES) this.#refuse(`is longer than ${MAX_NAME_BYTES} bytes`);
    this.#bytes += 1 + bytes;
    return name;
  }

  #value(value: unknown, depth: number): unknown {
    this.#bytes += 1;
    switch (typeof value) {
      case "string":
        this.#bytes += 4 + Buffer.byteLength(value);
        return value;
      case "number":
        return this.#number(value);
      case "boolean":
        this.#bytes += 1;
        return value;
      case "object":
        return value === null ? null : this.#object(value, depth);
      default:
        return this.#refuse(`holds a ${typeof value}, which has no AMQP form`);
    }
  }

  /** amqplib would choose the smallest integer type; peers in Go and Java insist on int32 (docs/wire.md). */
  #number(value: number): unknown {
    if (!Number.isFinite(value)) this.#refuse("holds a number that is not finite");
    if (!Number.isInteger(value) || Math.abs(value) >= INT64_BOUND) {
      this.#bytes += 8;
      return { "!": "double", value };
    }
    if (value >= MIN_INT32 && value <= MAX_INT32) {
      this.#bytes += 4;
      return { "!": "int32", value };
    }
    this.#bytes += 8;
    return { "!": "int64", value };
  }

  #object(value: object, depth: number): unknown {
    if (value instanceof Uint8Array) {
      this.#bytes += 4 + value.byteLength;
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    if (value instanceof Date) return this.#timestamp(value);
    if (depth > MAX_DEPTH) this.#refuse(`is circular, or nested deeper than ${MAX_DEPTH} levels`);
    this.#bytes += 4;
    if (Array.isArray(value)) return value.map((item: unknown) => this.#value(item, depth + 1));
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) this.#refuse("holds an object of a class");
    const table: Record<string, unknown> = Object.create(null);
    const entries = Object.entries(value);
    if (entries.length === 0) this.#withEmptyTable = this.#header;
    for (const [name, item] of entries) table[this.#name(name)] = this.#value(item, depth + 1);
    // amqplib takes an object with an own "!" for a typed value, but enumerates inherited names like own ones.
    return "!" in table ? Object.create(table) : table;
  }

  /** AMQP's timestamps count whole seconds since 1970 (4.2.5.4). */
  #timestamp(value: Date): unknown {
    const ms = value.getTime();
    if (!(ms >= 0)) this.#refuse("holds a date that is invalid or before 1970");
    this.#bytes += 8;
    return { "!": "timestamp", value: Math.floor(ms / 1000) };
  }

  #refuse(why: string): never {
    // The name is the user's own; it may be long.
    const name = this.#header.slice(0, 60);
    throw new RpcError("BadRequest", `the header "${name}" ${why}`);
  }
}
