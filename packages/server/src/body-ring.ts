/** The bytes of the last bodies that were written, up to a size in all. Each is in one piece. */
export class BodyRing {
  readonly #size: number;
  #bytes: Uint8Array | undefined;
  /** Where the next body begins, counted without end. */
  #end = 0;

  /** @param size in bytes; taken with the first body */
  constructor(size: number) {
    this.#size = size;
  }

  /** What begins before has been written over. */
  get firstKept(): number {
    return this.#end - this.#size;
  }

  /**
   * Copies a body.
   * @param body no larger than the ring @param more bytes that are kept elsewhere as long as the body is, and count with it
   * @returns where it begins
   */
  write(body: Uint8Array, more = 0): number {
    this.#bytes ??= new Uint8Array(this.#size);
    const left = this.#size - (this.#end % this.#size);
    if (body.length > left) this.#end += left;
    const start = this.#end;
    this.#bytes.set(body, start % this.#size);
    this.#end += body.length + more;
    return start;
  }

  /** A copy of what has not been written over. */
  read(start: number, length: number): Uint8Array {
    const at = start % this.#size;
    return (this.#bytes as Uint8Array).slice(at, at + length);
  }
}
