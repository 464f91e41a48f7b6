import type { Clock, RpcError } from "@porthos-rpc/protocol";

/** When a gathering ends. */
export interface Ends {
  readonly timeoutMs: number;
  /** With so many. */
  readonly expected: number;
  /** When there was none for so long since the first. */
  readonly stallMs: number | undefined;
}

/** What comes in until it is enough: by count, by time, or since nothing more comes. One reader. */
export class Gathering<T> {
  readonly #clock: Clock;
  readonly #ends: Ends;
  readonly #waiting: T[] = [];
  #count = 0;
  #isOver = false;
  #error: RpcError | undefined;
  #wake: () => void = () => {};
  #stopTimeout: () => void = () => {};
  #stopStall: () => void = () => {};

  constructor(clock: Clock, ends: Ends) {
    this.#clock = clock;
    this.#ends = ends;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** From here on its time is counted. */
  begin(): void {
    if (!this.#isOver) this.#stopTimeout = this.#clock.after(this.#ends.timeoutMs, () => this.end());
  }

  add(item: T): void {
    if (this.#isOver) return;
    this.#waiting.push(item);
    const { expected, stallMs } = this.#ends;
    if (++this.#count >= expected) this.end();
    else if (stallMs !== undefined) {
      this.#stopStall();
      this.#stopStall = this.#clock.after(stallMs, () => this.end());
    }
    this.#wake();
  }

  /** Ends it, with what has come. */
  end(error?: RpcError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#stopTimeout();
    this.#stopStall();
    this.#wake();
  }

  /** Undefined at the end. @throws {RpcError} what it was ended with, once all that came is read. */
  async next(): Promise<T | undefined> {
    while (this.#waiting.length === 0 && !this.#isOver)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const next = this.#waiting.shift();
    if (next === undefined && this.#error !== undefined) throw this.#error;
    return next;
  }
}
