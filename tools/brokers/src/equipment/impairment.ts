/** A direction on a line. */
export type Way = "toBroker" | "toClient";

/** What a line does to the bytes that go one way, each connection for itself. What is left out does nothing. */
export interface Impairment {
  /** Bytes and ends arrive so much later. */
  readonly latencyMs?: number;
  /** Up to so much more or less than that, drawn evenly; the order is kept. */
  readonly jitterMs?: number;
  /** At most so many arrive in a second. */
  readonly bytesPerSecond?: number;
  /** They arrive in pieces of so many, each in a turn of its own. */
  readonly sliceBytes?: number;
  /** Once so many more have passed the connection is closed, to both sides, as if each had said goodbye to the other. */
  readonly endAfterBytes?: number;
  /** Once so many more have passed the connection is reset, to both sides. */
  readonly resetAfterBytes?: number;
  /** An end (FIN, RST) arrives so much later than the last byte; Infinity: never, which leaves the other side half-open. */
  readonly endDelayMs?: number;
}

/** How much smaller than a second's bytes the pieces are in which a slow line delivers. */
const PIECES_PER_SECOND = 20;

/** When what comes into one connection's way arrives at its other end. */
export class Pace {
  #freeAtMs = 0;
  #lastDueMs = 0;

  /** How many bytes may arrive together. */
  static pieceBytes({ bytesPerSecond }: Impairment): number {
    if (bytesPerSecond === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.floor(bytesPerSecond / PIECES_PER_SECOND));
  }

  bytesDueMs(nowMs: number, bytes: number, impairment: Impairment): number {
    const { bytesPerSecond } = impairment;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs);
    if (bytesPerSecond !== undefined) this.#freeAtMs += (bytes * 1_000) / bytesPerSecond;
    return this.#inOrder(this.#freeAtMs, impairment);
  }

  endDueMs(nowMs: number, impairment: Impairment): number {
    const { endDelayMs = 0 } = impairment;
    return this.#inOrder(Math.max(this.#freeAtMs, nowMs) + endDelayMs, impairment);
  }

  /** What was promised before holds no more. */
  reset(): void {
    this.#freeAtMs = 0;
    this.#lastDueMs = 0;
  }

  #inOrder(departsMs: number, { latencyMs = 0, jitterMs = 0 }: Impairment): number {
    const lateMs = Math.max(0, latencyMs + (Math.random() * 2 - 1) * jitterMs);
    this.#lastDueMs = Math.max(this.#lastDueMs, departsMs + lateMs);
    return this.#lastDueMs;
  }
}
