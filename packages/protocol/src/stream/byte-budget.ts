/** Bytes that several may hold together. */
export class ByteBudget {
  readonly #maxBytes: number;
  #held = 0;

  /** @param maxBytes 1 or more */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get held(): number {
    return this.#held;
  }

  /** False, and nothing taken, if they would be too many. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#maxBytes) return false;
    this.#held += bytes;
    return true;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
