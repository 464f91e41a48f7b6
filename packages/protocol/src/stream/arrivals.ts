import { RpcError, type RpcErrorCode, type RpcErrorInit } from "../errors.js";
import type { ItemsFrame } from "./frames.js";

export interface ArrivalsOptions {
  /** Whose stream it is, for error messages: `CalculatorService.countTo`. */
  readonly name: string;
  /** The items that are kept at most, 1 or more; the writer has been granted so many to begin with. */
  readonly window: number;
  /** The most that a frame's body may have, 1 or more. So no more than `window * maxBodyBytes` are kept. */
  readonly maxBodyBytes: number;
  /** The code for a writer's mistakes. */
  readonly wrongCode: "BadReply" | "BadRequest";
}

/** The books of a stream's reader: what was granted, what came, what was read, and what is wrong with it. */
export class Arrivals {
  readonly #options: ArrivalsOptions;
  #granted: number;
  #received = 0;
  #read = 0;

  constructor(options: ArrivalsOptions) {
    this.#options = options;
    this.#granted = options.window;
  }

  /** How many items the writer may have sent. */
  get granted(): number {
    return this.#granted;
  }

  /** How many items have come. */
  get received(): number {
    return this.#received;
  }

  add(frame: ItemsFrame): void {
    this.#received += frame.count;
  }

  /** One more has been read. True when at least half a window has been since the last grant: `granted` is a new one. */
  markRead(): boolean {
    this.#read++;
    const { window } = this.#options;
    if ((this.#granted - this.#read) * 2 > window) return false;
    this.#granted = this.#read + window;
    return true;
  }

  /** Why a frame cannot be the next one; undefined if it can. */
  faultOf({ seq, count, body }: ItemsFrame): RpcError | undefined {
    const { maxBodyBytes } = this.#options;
    if (seq > this.#received) return this.#lost(seq);
    if (seq < this.#received) return this.wrong(`${itemsAt(seq, count)} came again`);
    if (seq + count > this.#granted) {
      return this.wrong(`${itemsAt(seq, count)} came, and only ${this.#granted} were asked for`);
    }
    if (body.length > maxBodyBytes) {
      const what = `${itemsAt(seq, count)} came in ${body.length} bytes; maxBodyBytes is ${maxBodyBytes}`;
      return this.error("TooLarge", what, { executed: "maybe" });
    }
    return undefined;
  }

  /** Whether items are missing, or too many, at a point where the writer says how many there have been. */
  faultAt(count: number): RpcError | undefined {
    if (count > this.#received) return this.#lost(count);
    if (count < this.#received)
      return this.wrong(`it ended with ${count} items, and ${this.#received} have come`);
    return undefined;
  }

  /** The writer has made a mistake. */
  wrong(what: string, cause?: unknown): RpcError {
    return this.error(this.#options.wrongCode, what, { executed: "maybe", cause });
  }

  error(code: RpcErrorCode, what: string, init: RpcErrorInit): RpcError {
    return new RpcError(code, `${this.#options.name}: ${what}`, init);
  }

  /** The way is to blame, not the writer: it may go better the next time. */
  #lost(count: number): RpcError {
    const lost = itemsAt(this.#received, count - this.#received);
    return this.error("Unavailable", `${lost} of the stream did not arrive`, {});
  }
}

/** How error messages name items: by their numbers, from 0. */
export function itemsAt(seq: number, count: number): string {
  return count === 1 ? `item ${seq}` : `items ${seq} to ${seq + count - 1}`;
}
