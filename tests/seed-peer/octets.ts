/** Writes the data types of AMQP 0-9-1 (section 4.2.5), most significant byte first. */
export class OctetWriter {
  readonly #parts: Buffer[] = [];

  /** @param size in bytes: 1, 2, 4 or 8 */
  integer(size: number, value: number | bigint): this {
    const part = Buffer.alloc(size);
    // Two's complement makes a negative number's bytes those of a large one.
    if (size === 8) part.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)));
    else part.writeUIntBE(Number(BigInt.asUintN(size * 8, BigInt(value))), 0, size);
    return this.bytes(part);
  }

  /** A length of one byte, then so many. */
  shortString(value: string | Uint8Array): this {
    const bytes = Buffer.from(value);
    return this.integer(1, bytes.length).bytes(bytes);
  }

  /** A length of four bytes, then so many. */
  longString(value: string | Uint8Array): this {
    const bytes = Buffer.from(value);
    return this.integer(4, bytes.length).bytes(bytes);
  }

  bytes(value: Uint8Array): this {
    this.#parts.push(Buffer.from(value));
    return this;
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Reads what `OctetWriter` writes. */
export class OctetReader {
  readonly #octets: Buffer;
  #position = 0;

  constructor(octets: Buffer) {
    this.#octets = octets;
  }

  get ended(): boolean {
    return this.#position >= this.#octets.length;
  }

  /** @param size in bytes: 1, 2 or 4 */
  unsigned(size: number): number {
    return this.bytes(size).readUIntBE(0, size);
  }

  /** @param size in bytes: 1, 2 or 4 */
  signed(size: number): number {
    return this.bytes(size).readIntBE(0, size);
  }

  long64(): bigint {
    return this.bytes(8).readBigInt64BE();
  }

  shortString(): Buffer {
    return this.bytes(this.unsigned(1));
  }

  longString(): Buffer {
    return this.bytes(this.unsigned(4));
  }

  bytes(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#octets.length)
      throw new Error(`the frame ends ${end - this.#octets.length} bytes too early`);
    const part = this.#octets.subarray(this.#position, end);
    this.#position = end;
    return part;
  }
}
