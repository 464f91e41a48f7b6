import type { Clock } from "../clock.js";
import type { MaybePromise } from "../extension.js";
import type { SendListener, SendOutcome } from "../transport.js";
import type { ItemsFrame } from "./frames.js";
import { ItemBatch } from "./item-batch.js";
import { ItemEncoder, type ItemEncoderOptions } from "./item-encoder.js";
import { notSent } from "./not-sent.js";
import { Source, type StreamSource } from "./source.js";

/** A frame ends at so many items … */
const FRAME_ITEMS = 64;
/** … or so many bytes. It is also what a source may give in one turn of the event loop: others want to run, too. */
const FRAME_BYTES = 32 * 1024;
/** So many frames may be on their way to the broker: more would only pile up in front of it. */
const MAX_UNACCEPTED = 8;

/** Where the fault was: in what the stream is made of, in an item that cannot travel, or on the way to the reader. */
export type WriterFault = "source" | "item" | "send";

/** What a writer's owner does for it, and is told. None of it may throw. */
export interface StreamWriterPort {
  /** Sends a frame to the reader, after those before it. The listener hears its outcome once, possibly at once. */
  send(frame: ItemsFrame, listener: SendListener): void;
  /** The source has ended, and the broker has all of its items: `count` in all. Nothing is told after it. */
  onEnd(count: number): void;
  /** The stream has failed. What the source gave before has been sent, unless sending failed. Only `onLate` can follow. */
  onError(error: unknown, fault: WriterFault): void;
  /** The source threw after the stream was over: while it was ended early, or in the `next()` that was under way. */
  onLate(error: unknown): void;
}

export interface StreamWriterOptions extends ItemEncoderOptions {
  readonly source: StreamSource<unknown>;
  readonly port: StreamWriterPort;
  readonly clock: Clock;
  /** The items that may be sent to begin with. */
  readonly credit: number;
  /** What to make of each item before it is encoded, as validating it. What it throws fails the stream, as an `item`. */
  readonly prepare?: ((item: unknown) => MaybePromise<unknown>) | undefined;
}

/**
 * The writing end of a stream: pulls items from a source and sends them in frames. It never asks the source for an item
 * that the reader has granted no credit for, has at most 8 frames on their way to the broker, and keeps an item no
 * longer than to the end of the turn that it came in, unless those 8 are. Items are encoded as they come, so that a
 * source may use its objects again.
 */
export class StreamWriter {
  readonly #options: StreamWriterOptions;
  readonly #source: Source;
  readonly #encoder: ItemEncoder;
  readonly #batch: ItemBatch;
  readonly #listener: SendListener = { onOutcome: (outcome) => this.#onOutcome(outcome) };
  /** `draining`: the source is over, but not all that it gave is with the broker. */
  #state: "new" | "open" | "draining" | "closed" = "new";
  #failure: { readonly error: unknown; readonly fault: WriterFault } | undefined;
  #credit: number;
  #count = 0;
  #unaccepted = 0;
  /** The source has been asked for an item that has not reached the batch yet. */
  #isPulling = false;
  /** What is in the batch has nothing more to wait for. */
  #isDue = false;
  #turnItems = 0;
  #turnBytes = 0;
  #isTurnAwaited = false;
  #isRunning = false;

  /** @throws {TypeError} when the source is no iterable; and what making its iterator throws. */
  constructor(options: StreamWriterOptions) {
    this.#options = options;
    this.#credit = options.credit;
    this.#encoder = new ItemEncoder(options);
    this.#batch = new ItemBatch(FRAME_ITEMS, Math.min(FRAME_BYTES, options.maxBodyBytes));
    this.#source = new Source(options.source, {
      onItem: (item) => this.#prepare(item),
      onDone: () => this.#drain(undefined),
      onThrow: (error) => this.#drain({ error, fault: "source" }),
      onLate: (error) => options.port.onLate(error),
    });
  }

  /** How many items have been sent. */
  get count(): number {
    return this.#count;
  }

  /** Begins to pull, at once. */
  start(): void {
    if (this.#state !== "new") return;
    this.#state = "open";
    this.#run();
  }

  /** @param total how many items may be sent since the stream began; a smaller number than before changes nothing */
  credit(total: number): void {
    if (total <= this.#credit) return;
    this.#credit = total;
    this.#run();
  }

  /**
   * Ends the stream at once, because nobody reads it or its time is over: what was not sent is dropped, the source is
   * ended, and nothing more is told, but for `onLate`.
   */
  stop(): void {
    if (this.#state === "closed") return;
    this.#close();
    this.#source.stop();
  }

  /** Does what can be done now. Whatever it calls may call back: then the first one goes on. */
  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#step());
    this.#isRunning = false;
  }

  /** Whether there may be more to do. */
  #step(): boolean {
    if (this.#isDue && this.#batch.size > 0) return this.#flush();
    if (this.#state === "draining") return this.#finish();
    if (!this.#mayPull) return false;
    this.#isPulling = true;
    this.#source.pull();
    return true;
  }

  get #mayPull(): boolean {
    return (
      this.#state === "open" &&
      !this.#isPulling &&
      this.#count + this.#batch.size < this.#credit &&
      this.#unaccepted < MAX_UNACCEPTED &&
      !this.#isTurnSpent
    );
  }

  get #isTurnSpent(): boolean {
    return this.#turnItems >= FRAME_ITEMS || this.#turnBytes >= FRAME_BYTES;
  }

  #prepare(item: unknown): void {
    const { prepare } = this.#options;
    if (prepare === undefined) {
      this.#add(item);
      return;
    }
    let prepared: unknown;
    try {
      prepared = prepare(item);
    } catch (error) {
      this.#onItemError(error);
      return;
    }
    if (prepared instanceof Promise) prepared.then(this.#add, this.#onItemError);
    else this.#add(prepared);
  }

  readonly #add = (item: unknown): void => {
    if (this.#state === "closed") return;
    try {
      const encoded = this.#encoder.encode(item, this.#count + this.#batch.size);
      this.#batch.add(encoded);
      this.#turnItems++;
      this.#turnBytes += encoded.body.length;
      if (!encoded.joins || this.#isTurnSpent) this.#isDue = true;
    } catch (error) {
      this.#onItemError(error);
      return;
    }
    this.#isPulling = false;
    this.#awaitTurn();
    this.#run();
  };

  readonly #onItemError = (error: unknown): void => {
    if (this.#state === "closed") {
      this.#options.port.onLate(error);
      return;
    }
    this.#drain({ error, fault: "item" });
    this.#source.stop();
  };

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    this.#options.clock.later(this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#isTurnAwaited = false;
    this.#turnItems = 0;
    this.#turnBytes = 0;
    if (this.#batch.size > 0) this.#isDue = true;
    this.#run();
  };

  #flush(): boolean {
    if (this.#unaccepted >= MAX_UNACCEPTED) return false;
    const frame = this.#batch.take(this.#count);
    if (this.#batch.size === 0) this.#isDue = false;
    this.#count += frame.count;
    this.#unaccepted++;
    this.#options.port.send(frame, this.#listener);
    return true;
  }

  #onOutcome(outcome: SendOutcome): void {
    this.#unaccepted--;
    if (this.#state === "closed") return;
    if (outcome.kind === "accepted") {
      this.#run();
      return;
    }
    this.#failure ??= { error: notSent(this.#options.name, outcome), fault: "send" };
    const { error, fault } = this.#failure;
    this.#close();
    this.#source.stop();
    this.#options.port.onError(error, fault);
  }

  /** The source is over. */
  #drain(failure: { readonly error: unknown; readonly fault: WriterFault } | undefined): void {
    this.#state = "draining";
    this.#failure = failure;
    this.#isDue = true;
    this.#run();
  }

  #finish(): boolean {
    if (this.#failure === undefined && this.#unaccepted > 0) return false;
    const failure = this.#failure;
    this.#close();
    if (failure === undefined) this.#options.port.onEnd(this.#count);
    else this.#options.port.onError(failure.error, failure.fault);
    return false;
  }

  #close(): void {
    this.#state = "closed";
    this.#batch.clear();
  }
}
