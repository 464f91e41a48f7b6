import type { Clock } from "../clock.js";
import type { Codecs } from "../content.js";
import type { DeadlineWheel } from "../deadline-wheel.js";
import { RpcError } from "../errors.js";
import type { MaybePromise } from "../extension.js";
import { Arrivals, type ArrivalsOptions, itemsAt } from "./arrivals.js";
import type { ByteBudget } from "./byte-budget.js";
import type { ItemsFrame } from "./frames.js";
import { IdleWatch } from "./idle-watch.js";
import { ItemBuffer } from "./item-buffer.js";
import { openFrame } from "./open-frame.js";

/** What a reader's owner does for it. None of it may throw. */
export interface StreamReaderPort {
  /** Tells the writer how many items it may have sent since the stream began. */
  credit(total: number): void;
  /**
   * Tells the writer that nobody reads any more. Called once at most, and not after the writer's end or failure.
   * @param reason undefined if the user has left early; else why the stream is of no use
   */
  cancel(reason: unknown): void;
}

export interface StreamReaderOptions<T> extends ArrivalsOptions {
  readonly port: StreamReaderPort;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly codecs: Codecs;
  /** Makes what the user gets of a decoded item, when he reads it: validates it. What it throws ends the stream. */
  readonly accept: (item: unknown) => MaybePromise<T>;
  /** How long the user may wait for one item once the writer has begun, in milliseconds, more than 0; undefined = for ever. */
  readonly idleTimeoutMs: number | undefined;
  /** What it shares with others: how many bytes of items nobody has read yet. @default any number */
  readonly budget?: ByteBudget;
}

type Result<T> = IteratorResult<T, undefined>;

interface Waiter<T> {
  resolve(result: Result<T>): void;
  reject(error: unknown): void;
}

interface Ending {
  readonly failed: boolean;
  readonly error: unknown;
}

const ENDED: Ending = { failed: false, error: undefined };

function done(): Result<never> {
  return { done: true, value: undefined };
}

/**
 * The reading end of a stream: an async iterator of its items, meant for one `for await`. It takes frames as far as it
 * has granted credit, keeps them as they are until their items are read, and grants more when half a window has been.
 *
 * It ends once. What has arrived, in order, before the writer's end or an error is read before it; an `abort`, a user
 * who leaves, and an item that cannot be read drop what is there.
 */
export class StreamReader<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #options: StreamReaderOptions<T>;
  readonly #arrivals: Arrivals;
  readonly #buffer: ItemBuffer;
  readonly #idle: IdleWatch | undefined;
  /** Calls of `next` that have no item yet, in their order. */
  readonly #waiters = new Set<Waiter<T>>();
  /** The one whose item is being accepted. Those after it wait for that. */
  #accepting: Waiter<T> | undefined;
  #isServing = false;
  #hasBegun = false;
  /** How it ends, once what is in the buffer has been read. */
  #ending: Ending | undefined;
  /** The user knows that it has ended. */
  #isClosed = false;

  constructor(options: StreamReaderOptions<T>) {
    const { clock, wheel, idleTimeoutMs, budget } = options;
    this.#options = options;
    this.#arrivals = new Arrivals(options);
    this.#buffer = new ItemBuffer(
      (frame) => this.#open(frame),
      (bytes) => budget?.give(bytes),
    );
    if (idleTimeoutMs !== undefined) {
      this.#idle = new IdleWatch(clock, wheel, idleTimeoutMs, () => this.#onIdle(idleTimeoutMs));
    }
  }

  /** How many items the writer may have sent since the stream began. */
  get granted(): number {
    return this.#arrivals.granted;
  }

  /** What it has failed with, or will when what has come is read; undefined if it has not. */
  get failure(): unknown {
    return this.#ending?.error;
  }

  /** How many items have arrived. */
  get received(): number {
    return this.#arrivals.received;
  }

  /** How many items have arrived and were not read; at most the window. */
  get buffered(): number {
    return this.#buffer.size;
  }

  /** The writer is there: from now on the wait for an item counts. */
  begun(): void {
    this.#hasBegun = true;
    this.#serve();
  }

  /** Items from the writer. If they cannot be the next ones, the stream ends with an error. */
  push(frame: ItemsFrame): void {
    if (this.#isEnding) return;
    const fault = this.#arrivals.faultOf(frame);
    if (fault !== undefined) {
      this.#giveUp(fault);
      return;
    }
    if (this.#options.budget?.take(frame.body.length) === false) {
      const what = `${itemsAt(frame.seq, frame.count)} came, and too much waits to be read already (maxStreamBytes)`;
      this.#giveUp(this.#arrivals.error("Overloaded", what, { executed: "maybe" }));
      return;
    }
    this.#arrivals.add(frame);
    this.#buffer.push(frame);
    this.#idle?.end();
    this.#serve();
  }

  /** The writer says that it lives and has sent so many items: if they are not here, they are lost. */
  written(count: number): void {
    if (this.#isEnding || count <= this.received) return;
    this.#giveUp(this.#arrivals.faultAt(count));
  }

  /** The writer has done something that cannot be right, as sending an invalid frame: ends the stream with an error. */
  refuse(reason: string): void {
    if (!this.#isEnding) this.#giveUp(this.#arrivals.wrong(reason));
  }

  /** The writer's end, after `count` items; if there were others, it is an error. */
  end(count: number): void {
    if (this.#isEnding) return;
    const fault = this.#arrivals.faultAt(count);
    this.#endWith(fault === undefined ? ENDED : { failed: true, error: fault });
  }

  /** The stream has failed. What has arrived is read first. The writer is not told: it failed, or its owner knows. */
  fail(error: unknown): void {
    if (!this.#isEnding) this.#endWith({ failed: true, error });
  }

  /** Nobody wants the rest: drops what has arrived, and fails at once. The writer is not told: who calls this can. */
  abort(error: unknown): void {
    if (this.#isClosed) return;
    this.#buffer.clear();
    const waiter = this.#accepting;
    this.#accepting = undefined;
    if (waiter === undefined) {
      this.#endWith({ failed: true, error });
    } else {
      waiter.reject(error);
      this.#close();
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws what the stream failed with, once; then it is done. */
  next(): Promise<Result<T>> {
    if (this.#waiters.size === 0 && this.#accepting === undefined) {
      if (this.#isClosed) return Promise.resolve(done());
      if (this.#buffer.size > 0) return this.#readNow();
    }
    return new Promise((resolve, reject) => {
      this.#waiters.add({ resolve, reject });
      this.#serve();
    });
  }

  /** The user leaves: `break` in a `for await`. Drops what has arrived; calls of `next` that wait are done. */
  return(): Promise<Result<T>> {
    this.#leave();
    return Promise.resolve(done());
  }

  throw(error?: unknown): Promise<Result<T>> {
    this.#leave();
    return Promise.reject(error);
  }

  #leave(): void {
    const tellWriter = !this.#isEnding;
    this.#close();
    if (tellWriter) this.#options.port.cancel(undefined);
  }

  get #isEnding(): boolean {
    return this.#isClosed || this.#ending !== undefined;
  }

  /** An item that is there costs the promise that an async iterator must return, and no more. */
  #readNow(): Promise<Result<T>> {
    let item: MaybePromise<T>;
    try {
      item = this.#take();
    } catch (error) {
      this.#break(error);
      return Promise.reject(error);
    }
    if (!(item instanceof Promise)) return Promise.resolve({ done: false, value: item });
    const accepted = item;
    return new Promise((resolve, reject) => this.#await(accepted, { resolve, reject }));
  }

  /** Gives those who wait what there is. Whatever it calls may call back: then the first one goes on. */
  #serve(): void {
    if (this.#isServing) return;
    this.#isServing = true;
    while (this.#accepting === undefined && (this.#buffer.size > 0 || this.#ending !== undefined)) {
      const waiter: Waiter<T> | undefined = this.#waiters.values().next().value;
      if (waiter === undefined) break;
      this.#waiters.delete(waiter);
      this.#give(waiter);
    }
    this.#isServing = false;
    const isWaiting = !this.#isEnding && this.#accepting === undefined && this.#waiters.size > 0;
    if (isWaiting && this.#hasBegun) this.#idle?.begin();
  }

  #give(waiter: Waiter<T>): void {
    if (this.#buffer.size === 0) {
      this.#tellEnd(waiter);
      return;
    }
    try {
      const item = this.#take();
      if (item instanceof Promise) this.#await(item, waiter);
      else waiter.resolve({ done: false, value: item });
    } catch (error) {
      waiter.reject(error);
      this.#break(error);
    }
  }

  #take(): MaybePromise<T> {
    const item = this.#buffer.take();
    if (this.#arrivals.markRead() && !this.#isEnding) this.#options.port.credit(this.granted);
    return this.#options.accept(item);
  }

  #await(item: Promise<T>, waiter: Waiter<T>): void {
    this.#accepting = waiter;
    const settled = (): boolean => {
      // Else it has been answered meanwhile: the user has left, or the stream was aborted.
      if (this.#accepting !== waiter) return false;
      this.#accepting = undefined;
      return true;
    };
    item.then(
      (value) => {
        if (!settled()) return;
        waiter.resolve({ done: false, value });
        this.#serve();
      },
      (error: unknown) => {
        if (!settled()) return;
        waiter.reject(error);
        this.#break(error);
      },
    );
  }

  /** An item cannot be read, so neither can those after it. */
  #break(error: unknown): void {
    const tellWriter = !this.#isEnding;
    this.#ending = { failed: true, error };
    this.#close();
    if (tellWriter) this.#options.port.cancel(error);
  }

  /** No item after those that are there is of use. */
  #giveUp(error: unknown): void {
    this.#endWith({ failed: true, error });
    this.#options.port.cancel(error);
  }

  #onIdle(idleTimeoutMs: number): void {
    const what = `no item came within ${idleTimeoutMs} ms (idleTimeoutMs), after ${this.received}`;
    this.#giveUp(this.#arrivals.error("Timeout", what, {}));
  }

  #open(frame: ItemsFrame): readonly unknown[] {
    try {
      return openFrame(frame, this.#options.codecs);
    } catch (error) {
      // Another error's words may be the writer's own.
      const reason = error instanceof RpcError ? error.message : "their codec failed";
      throw this.#arrivals.wrong(`${itemsAt(frame.seq, frame.count)} cannot be read: ${reason}`, error);
    }
  }

  #endWith(ending: Ending): void {
    this.#ending = ending;
    this.#idle?.stop();
    this.#serve();
  }

  #tellEnd(waiter: Waiter<T>): void {
    const { failed, error } = this.#ending ?? ENDED;
    if (failed) waiter.reject(error);
    else waiter.resolve(done());
    this.#close();
  }

  /** Nothing is kept, and nobody waits any longer. */
  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#buffer.clear();
    this.#idle?.stop();
    const accepting = this.#accepting;
    this.#accepting = undefined;
    accepting?.resolve(done());
    for (const waiter of this.#waiters) waiter.resolve(done());
    this.#waiters.clear();
  }
}
