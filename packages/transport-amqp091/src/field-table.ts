import { type Headers, type HeaderValue, RpcError } from "@porthos-rpc/protocol";

/** Far more than anyone sends, far less than a stack holds. */
const MAX_DEPTH = 64;
/** The last second that a Date can hold. */
const MAX_DATE_SECONDS = 8_640_000_000_000;

/**
 * Reads field tables (AMQP 0-9-1, 4.2.5.5) with the types that RabbitMQ and Qpid use, which differ from the
 * specification's. Not by amqplib, for three reasons: its recursion has no bound, so that a table nested some
 * thousands deep (24 kB are enough, and brokers pass it on) overflows the stack inside its frame loop and costs the
 * connection, again at each redelivery; it writes names onto a plain object, where `__proto__` is not a name; and
 * the result would have to be copied into a Map.
 */
export class FieldTableReader {
  readonly #bytes: Buffer;
  #at: number;

  /** @param at where the table's length stands */
  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** @throws {RpcError | RangeError} when it is no table, or is nested deeper than 64 levels */
  headers(): Headers {
    const headers: Headers = new Map();
    const end = this.#end();
    while (this.#at < end) {
      const name = this.#name();
      headers.set(name, this.#value(1));
    }
    return headers;
  }

  #end(): number {
    const length = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    const end = this.#at + length;
    if (end > this.#bytes.length)
      throw new RpcError("BadRequest", "a length in the headers points beyond them");
    return end;
  }

  #name(): string {
    const start = this.#at + 1;
    const end = start + this.#bytes.readUInt8(this.#at);
    this.#at = end;
    return this.#bytes.toString("utf8", start, end);
  }

  #value(depth: number): HeaderValue {
    const bytes = this.#bytes;
    const at = this.#at + 1;
    const tag = bytes.readUInt8(this.#at);
    this.#at = at;
    switch (tag) {
      case 0x53: // S
        return this.#text();
      case 0x49: // I
        this.#at = at + 4;
        return bytes.readInt32BE(at);
      case 0x74: // t
        this.#at = at + 1;
        return bytes.readUInt8(at) !== 0;
      case 0x56: // V
        return null;
      case 0x54: // T
        return this.#timestamp();
      case 0x78: // x
        return this.#binary();
      case 0x46: // F
        return this.#table(depth);
      case 0x41: // A
        return this.#array(depth);
      default:
        return this.#number(tag, at);
    }
  }

  #number(tag: number, at: number): number {
    const bytes = this.#bytes;
    switch (tag) {
      case 0x62: // b
        this.#at = at + 1;
        return bytes.readInt8(at);
      case 0x42: // B
        this.#at = at + 1;
        return bytes.readUInt8(at);
      case 0x73: // s
        this.#at = at + 2;
        return bytes.readInt16BE(at);
      case 0x75: // u
        this.#at = at + 2;
        return bytes.readUInt16BE(at);
      case 0x69: // i
        this.#at = at + 4;
        return bytes.readUInt32BE(at);
      case 0x6c: // l
        this.#at = at + 8;
        return Number(bytes.readBigInt64BE(at));
      case 0x66: // f
        this.#at = at + 4;
        return bytes.readFloatBE(at);
      case 0x64: // d
        this.#at = at + 8;
        return bytes.readDoubleBE(at);
      case 0x44: // D: decimal places, and the digits
        this.#at = at + 5;
        return bytes.readUInt32BE(at + 1) / 10 ** bytes.readUInt8(at);
      default:
        throw new RpcError("BadRequest", `a header has the unknown type 0x${tag.toString(16)}`);
    }
  }

  #text(): string {
    const end = this.#end();
    const start = this.#at;
    this.#at = end;
    return this.#bytes.toString("utf8", start, end);
  }

  /** A copy: the memory behind it also holds what else came in the same read. */
  #binary(): Uint8Array {
    const end = this.#end();
    const start = this.#at;
    this.#at = end;
    return new Uint8Array(this.#bytes.subarray(start, end));
  }

  /** Seconds since 1970. What no Date can hold stays a number. */
  #timestamp(): HeaderValue {
    const seconds = Number(this.#bytes.readBigUInt64BE(this.#at));
    this.#at += 8;
    return seconds <= MAX_DATE_SECONDS ? new Date(seconds * 1000) : seconds;
  }

  #table(depth: number): HeaderValue {
    checkDepth(depth);
    const end = this.#end();
    const table: Record<string, HeaderValue> = Object.create(null);
    while (this.#at < end) {
      const name = this.#name();
      table[name] = this.#value(depth + 1);
    }
    return table;
  }

  #array(depth: number): HeaderValue {
    checkDepth(depth);
    const end = this.#end();
    const items: HeaderValue[] = [];
    while (this.#at < end) items.push(this.#value(depth + 1));
    return items;
  }
}

function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH)
    throw new RpcError("BadRequest", `a header is nested deeper than ${MAX_DEPTH} levels`);
}
