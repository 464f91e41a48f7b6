import type { HeaderValue } from "@porthos-rpc/protocol";

/** Far more than anyone sends, far less than a stack holds. */
const MAX_DEPTH = 64;
/** Of a whole message: a value may take no byte at all, and a stranger's 16 MiB could be a gigabyte of them here. */
const MAX_VALUES = 65_536;
/** The last millisecond that a Date can hold. */
const MAX_DATE_MS = 8_640_000_000_000_000;

/** Not AMQP 1.0, cut short, or nested deeper than 64 levels. The message tells where, never what. */
export class MalformedError extends Error {
  override readonly name: string = "MalformedError";
}

/**
 * Reads AMQP 1.0 values (specification part 1, 1.6) out of a stranger's bytes. What is not asked for is stepped over
 * by its length, however deep it is nested. Types that have no counterpart here become the nearest: uuid and char
 * text, integers of 64 bits numbers (rounded beyond 2^53), described values what they describe, decimals null.
 */
export class AmqpReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #values = 0;

  constructor(bytes: Buffer, at = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The code of a described value, of which the value itself follows. @throws {MalformedError} if it has none */
  descriptor(): number {
    if (this.#byte() !== 0x00) this.#fail("a section without descriptor");
    const value = this.value(1);
    if (typeof value === "number") return value;
    return this.#fail("a section with a symbolic descriptor");
  }

  /** How many items follow. @throws {MalformedError} if it is no list */
  listHeader(): number {
    const code = this.#byte();
    if (code === 0x45) return 0;
    if (code !== 0xc0 && code !== 0xd0) this.#fail("no list where one belongs");
    return this.#compound(code === 0xd0).count;
  }

  /** How many keys and values follow, together. @throws {MalformedError} if it is no map */
  mapHeader(): number {
    const code = this.#byte();
    if (code !== 0xc1 && code !== 0xd1) this.#fail("no map where one belongs");
    return this.#compound(code === 0xd1).count;
  }

  /** The next value, as a view of the bytes. @throws {MalformedError} if it is no binary */
  binary(): Buffer {
    const code = this.#byte();
    if (code !== 0xa0 && code !== 0xb0) this.#fail("no binary where one belongs");
    return this.#slice(code === 0xa0 ? this.#byte() : this.#uint32());
  }

  /** The next value. @param depth of nesting, so far */
  value(depth = 0): HeaderValue {
    return this.#valueOf(this.#byte(), depth);
  }

  /** Steps over the next value. */
  skip(depth = 0): void {
    const code = this.#byte();
    if (code === 0x00) {
      if (depth > MAX_DEPTH) this.#fail(`descriptors nested deeper than ${MAX_DEPTH} levels`);
      this.skip(depth + 1);
      this.skip(depth + 1);
      return;
    }
    const kind = code >>> 4;
    const width = FIXED_WIDTHS[kind];
    if (width !== undefined) this.#slice(width);
    else if (kind < 0xa) this.#fail(`the unknown type 0x${code.toString(16)}`);
    else this.#slice(kind % 2 === 0 ? this.#byte() : this.#uint32());
  }

  #valueOf(code: number, depth: number): HeaderValue {
    if (depth > MAX_DEPTH) this.#fail(`values nested deeper than ${MAX_DEPTH} levels`);
    if (++this.#values > MAX_VALUES) this.#fail(`more than ${MAX_VALUES} values`);
    const simple = this.#simple(code);
    if (simple !== undefined) return simple;
    switch (code) {
      case 0x00:
        this.skip(depth);
        return this.value(depth + 1);
      case 0x45:
        return [];
      case 0xc0:
      case 0xd0:
        return this.#list(code === 0xd0, depth);
      case 0xc1:
      case 0xd1:
        return this.#map(code === 0xd1, depth);
      case 0xe0:
      case 0xf0:
        return this.#array(code === 0xf0, depth);
      default:
        return this.#fail(`the unknown type 0x${code.toString(16)}`);
    }
  }

  #simple(code: number): HeaderValue | undefined {
    if (code >= 0xa0 && code < 0xc0) return this.#variable(code);
    if (code >= 0x50 && code < 0x70) return this.#narrow(code);
    if (code >= 0x70 && code < 0xa0) return this.#wide(code);
    if (code === 0x40) return null;
    if (code === 0x41 || code === 0x42) return code === 0x41;
    return code === 0x43 || code === 0x44 ? 0 : undefined;
  }

  /** One and two bytes. */
  #narrow(code: number): HeaderValue | undefined {
    const at = this.#at;
    if (code >= 0x60) {
      this.#slice(2);
      if (code === 0x60) return this.#bytes.readUInt16BE(at);
      return code === 0x61 ? this.#bytes.readInt16BE(at) : undefined;
    }
    const byte = this.#byte();
    if (code === 0x56) return byte !== 0;
    if (code === 0x51 || code === 0x54 || code === 0x55) return this.#bytes.readInt8(at);
    return code === 0x50 || code === 0x52 || code === 0x53 ? byte : undefined;
  }

  /** Four, eight and sixteen bytes. */
  #wide(code: number): HeaderValue | undefined {
    const at = this.#at;
    this.#slice(code < 0x80 ? 4 : code < 0x90 ? 8 : 16);
    switch (code) {
      case 0x70:
        return this.#bytes.readUInt32BE(at);
      case 0x71:
        return this.#bytes.readInt32BE(at);
      case 0x72:
        return this.#bytes.readFloatBE(at);
      case 0x73:
        return charOf(this.#bytes.readUInt32BE(at));
      case 0x80:
        return Number(this.#bytes.readBigUInt64BE(at));
      case 0x81:
        return Number(this.#bytes.readBigInt64BE(at));
      case 0x82:
        return this.#bytes.readDoubleBE(at);
      case 0x83:
        return dateOf(Number(this.#bytes.readBigInt64BE(at)));
      case 0x98:
        return uuidOf(this.#bytes.toString("hex", at, at + 16));
      default:
        return code === 0x74 || code === 0x84 || code === 0x94 ? null : undefined;
    }
  }

  #variable(code: number): HeaderValue | undefined {
    const bytes = this.#slice(code < 0xb0 ? this.#byte() : this.#uint32());
    switch (code & 0x0f) {
      case 0x0:
        return new Uint8Array(bytes);
      case 0x1:
        return bytes.toString("utf8");
      case 0x3:
        return bytes.toString("latin1");
      default:
        return undefined;
    }
  }

  #list(wide: boolean, depth: number): HeaderValue {
    const { count, end } = this.#compound(wide);
    const items: HeaderValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.value(depth + 1));
    this.#endsAt(end);
    return items;
  }

  #map(wide: boolean, depth: number): HeaderValue {
    const { count, end } = this.#compound(wide);
    // Without a prototype: names come from the network.
    const table: Record<string, HeaderValue> = Object.create(null);
    for (let i = 0; i + 1 < count; i += 2) {
      const name = this.value(depth + 1);
      const item = this.value(depth + 1);
      // Other keys than texts and numbers have no use here.
      if (typeof name === "string" || typeof name === "number") table[name] = item;
    }
    this.#endsAt(end);
    return table;
  }

  /** The items of an array have one constructor in common, which stands before them. */
  #array(wide: boolean, depth: number): HeaderValue {
    const { count, end } = this.#compound(wide);
    const code = this.#byte();
    if (code === 0x00) {
      // A described constructor: nobody sends one in a header.
      this.#at = end;
      return null;
    }
    const items: HeaderValue[] = [];
    for (let i = 0; i < count; i++) items.push(this.#valueOf(code, depth + 1));
    this.#endsAt(end);
    return items;
  }

  /** Where nothing tells a size from a lie, values could claim the bytes of those behind them, again and again. */
  #endsAt(end: number): void {
    if (this.#at !== end) this.#fail("a size that is not that of its content");
  }

  #compound(wide: boolean): { readonly count: number; readonly end: number } {
    const size = wide ? this.#uint32() : this.#byte();
    const end = this.#at + size;
    if (end > this.#end || size < (wide ? 4 : 1)) this.#fail("a size that does not fit");
    const count = wide ? this.#uint32() : this.#byte();
    // Each item takes a byte at least, but for arrays of empty types: more than there are bytes is a lie.
    if (count > end - this.#at + 1) this.#fail("a count that does not fit");
    return { count, end };
  }

  #byte(): number {
    if (this.#at >= this.#end) this.#fail("an early end");
    return this.#bytes[this.#at++] as number;
  }

  #uint32(): number {
    const at = this.#at;
    this.#slice(4);
    return this.#bytes.readUInt32BE(at);
  }

  #slice(length: number): Buffer {
    const from = this.#at;
    if (length > this.#end - from) this.#fail("an early end");
    this.#at = from + length;
    return this.#bytes.subarray(from, this.#at);
  }

  #fail(what: string): never {
    throw new MalformedError(`${what}, at byte ${this.#at}`);
  }
}

/** By the upper half of the constructor; undefined where a length follows. */
const FIXED_WIDTHS: readonly (number | undefined)[] = [
  undefined,
  undefined,
  undefined,
  undefined,
  0,
  1,
  2,
  4,
  8,
  16,
];

function charOf(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
}

function dateOf(epochMs: number): HeaderValue {
  return Math.abs(epochMs) <= MAX_DATE_MS ? new Date(epochMs) : epochMs;
}

function uuidOf(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
