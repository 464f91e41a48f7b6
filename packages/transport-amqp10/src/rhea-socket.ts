import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import type { Clock } from "@porthos-rpc/protocol";

/** A write is cut here: larger ones make both ends take turns instead of working at the same time. */
const MAX_WRITE_BYTES = 1_048_576;
/** How long a peer may take to hang up after we have. */
const LINGER_MS = 1_000;
/** An empty frame on channel 0 keeps a connection alive (AMQP 1.0 part 2, 2.4.5). */
const EMPTY_FRAME = Buffer.from([0, 0, 0, 8, 2, 0, 0, 0]);

/**
 * What rhea is given for a socket, so that the real one stays ours: what rhea writes in one turn of the event loop
 * leaves as one write; the end is told once, however it comes (rhea does not listen to "close"); and life signs are
 * one timer that is looked at now and then, instead of two that are set anew with every frame.
 */
export class RheaSocket extends EventEmitter {
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #onGone: (cause: unknown) => void;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #immediate: NodeJS.Immediate | undefined;
  #ended = false;
  #gone = false;
  #hasSpoken = false;
  #cause: unknown;
  #lastReadMs: number;
  #lastWriteMs: number;
  #stopLinger: (() => void) | undefined;
  #stopWatch: (() => void) | undefined;

  /** @param onGone is told once, when nothing can be read or written any more, and why if known */
  constructor(socket: Duplex, clock: Clock, onGone: (cause: unknown) => void) {
    super();
    this.#socket = socket;
    this.#clock = clock;
    this.#onGone = onGone;
    this.#lastReadMs = clock.now();
    this.#lastWriteMs = this.#lastReadMs;
    socket.on("data", (bytes: Buffer) => this.#onData(bytes));
    socket.on("error", (error: unknown) => {
      this.#cause ??= error;
    });
    socket.on("end", () => this.end());
    socket.on("close", () => this.#onClose());
  }

  /** Whether anything has come from the peer. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /**
   * Watches for silence, and breaks our own.
   * @param silentMs a peer that sends nothing for so long is given up
   * @param beatMs something is written at least so often; undefined = it need not
   */
  watch(silentMs: number, beatMs: number | undefined): void {
    const now = this.#clock.now();
    const silentIn = this.#lastReadMs + silentMs - now;
    if (silentIn <= 0) {
      this.destroy(new Error(`silent for ${silentMs} ms`));
      return;
    }
    let waitMs = silentIn;
    if (beatMs !== undefined) {
      const beatIn = this.#lastWriteMs + beatMs - now;
      if (beatIn <= 0) this.write(EMPTY_FRAME);
      waitMs = Math.min(waitMs, beatIn <= 0 ? beatMs : beatIn);
    }
    this.#stopWatch?.();
    this.#stopWatch = this.#clock.after(waitMs, () => this.watch(silentMs, beatMs));
  }

  write(bytes: Buffer): boolean {
    if (this.#ended) return false;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes >= MAX_WRITE_BYTES) this.#flush();
    else this.#immediate ??= setImmediate(this.#flushLater);
    return true;
  }

  /** Hangs up after what was written; at once if the peer does not answer. */
  end(): void {
    if (this.#ended) return;
    this.#flush();
    this.#ended = true;
    this.#socket.end();
    this.#stopLinger = this.#clock.after(LINGER_MS, () => this.#socket.destroy());
  }

  destroy(cause?: unknown): void {
    this.#cause ??= cause;
    this.#socket.destroy();
  }

  readonly #flushLater = (): void => {
    this.#immediate = undefined;
    this.#flush();
  };

  #flush(): void {
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    const pending = this.#pending;
    if (pending.length === 0 || this.#ended) return;
    this.#pending = [];
    const bytes = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending, this.#pendingBytes);
    this.#pendingBytes = 0;
    this.#lastWriteMs = this.#clock.now();
    this.#socket.write(bytes);
  }

  #onData(bytes: Buffer): void {
    this.#lastReadMs = this.#clock.now();
    this.#hasSpoken = true;
    try {
      this.emit("data", bytes);
    } catch (error) {
      // rhea catches what it throws itself; this is for what its own error handling throws.
      this.destroy(error);
    }
  }

  #onClose(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#ended = true;
    this.#stopLinger?.();
    this.#stopWatch?.();
    if (this.#immediate !== undefined) clearImmediate(this.#immediate);
    this.#immediate = undefined;
    this.#pending = [];
    // rhea stops its own timers over this.
    this.emit("end", this.#cause);
    this.#onGone(this.#cause);
  }
}
