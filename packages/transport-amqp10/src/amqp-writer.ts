/** AMQP 1.0 constructors that this package writes (specification part 1, 1.6). */
const CODE = {
  described: 0x00,
  null: 0x40,
  true: 0x41,
  false: 0x42,
  list0: 0x45,
  smallUlong: 0x53,
  uint: 0x70,
  int: 0x71,
  long: 0x81,
  double: 0x82,
  timestamp: 0x83,
  binary8: 0xa0,
  binary32: 0xb0,
  string8: 0xa1,
  string32: 0xb1,
  symbol8: 0xa3,
  symbol32: 0xb3,
  list32: 0xd0,
  map32: 0xd1,
} as const;

/** Bytes of a compound that is being written: where its size goes. */
type Mark = number;

/** Writes AMQP 1.0 values, one after the other, into memory of its own that grows. */
export class AmqpWriter {
  #buffer: Buffer;
  #length = 0;

  /** @param roomBytes a guess that saves growing */
  constructor(roomBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(roomBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written. The writer must not be used afterwards: the memory is the caller's. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.byteLength);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  /** The descriptor of what follows: a section of a message (part 3, 3.2). */
  descriptor(code: number): void {
    this.#room(3);
    this.#buffer[this.#length++] = CODE.described;
    this.#buffer[this.#length++] = CODE.smallUlong;
    this.#buffer[this.#length++] = code;
  }

  null(): void {
    this.#code(CODE.null);
  }

  boolean(value: boolean): void {
    this.#code(value ? CODE.true : CODE.false);
  }

  /** Always in five bytes, so that it can be overwritten. */
  uint(value: number): void {
    this.#code(CODE.uint, 4);
    this.#length = this.#buffer.writeUInt32BE(value, this.#length);
  }

  /** Always in five bytes: brokers hand the smaller form on to 0-9-1 peers as it is, but nobody has to rely on it. */
  int(value: number): void {
    this.#code(CODE.int, 4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  long(value: number): void {
    this.#code(CODE.long, 8);
    this.#length = this.#buffer.writeBigInt64BE(BigInt(value), this.#length);
  }

  double(value: number): void {
    this.#code(CODE.double, 8);
    this.#length = this.#buffer.writeDoubleBE(value, this.#length);
  }

  timestamp(epochMs: number): void {
    this.#code(CODE.timestamp, 8);
    this.#length = this.#buffer.writeBigInt64BE(BigInt(epochMs), this.#length);
  }

  binary(bytes: Uint8Array): void {
    this.#lengthPrefix(bytes.byteLength, CODE.binary8, CODE.binary32);
    this.raw(bytes);
  }

  string(text: string): void {
    this.#text(text, CODE.string8, CODE.string32);
  }

  symbol(text: string): void {
    this.#text(text, CODE.symbol8, CODE.symbol32);
  }

  emptyList(): void {
    this.#code(CODE.list0);
  }

  /** Begins a list; `end` takes what it returns, and the number of items. */
  beginList(): Mark {
    return this.#begin(CODE.list32);
  }

  /** Begins a map; its keys and values follow in turn, and count one each. */
  beginMap(): Mark {
    return this.#begin(CODE.map32);
  }

  end(mark: Mark, count: number): void {
    this.#buffer.writeUInt32BE(this.#length - mark - 4, mark);
    this.#buffer.writeUInt32BE(count, mark + 4);
  }

  #begin(code: number): Mark {
    this.#code(code, 8);
    const mark = this.#length;
    this.#length += 8;
    return mark;
  }

  #text(text: string, code8: number, code32: number): void {
    const bytes = Buffer.byteLength(text);
    this.#lengthPrefix(bytes, code8, code32);
    this.#room(bytes);
    this.#length += this.#buffer.write(text, this.#length, "utf8");
  }

  #lengthPrefix(bytes: number, code8: number, code32: number): void {
    if (bytes <= 255) {
      this.#code(code8, 1);
      this.#buffer[this.#length++] = bytes;
    } else {
      this.#code(code32, 4);
      this.#length = this.#buffer.writeUInt32BE(bytes, this.#length);
    }
  }

  #code(code: number, more = 0): void {
    this.#room(1 + more);
    this.#buffer[this.#length++] = code;
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
