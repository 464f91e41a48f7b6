import { kindOf } from "../kind-of.js";

/** What a stream can be made of. Promises that a synchronous one gives are awaited, as `for await` does. */
export type StreamSource<T> = AsyncIterable<T> | Iterable<T> | AsyncIterator<T> | Iterator<T>;

/** Who pulls. Each `pull` is answered by one of the first three, possibly before it returns; none after `stop`. */
export interface Puller {
  onItem(item: unknown): void;
  onDone(): void;
  /** The source has thrown. */
  onThrow(error: unknown): void;
  /** The source has thrown after `stop`: in `return()`, or in the `next()` that was under way. */
  onLate(error: unknown): void;
}

/** The part of iterators that counts here: whoever made it, whatever it answers is looked at first. */
export interface AnyIterator {
  next(): unknown;
  return?: (() => unknown) | null;
}

/** One iterator, of whichever kind, pulled one item at a time. */
export class Source {
  readonly #iterator: AnyIterator;
  readonly #puller: Puller;
  /** Its own code is on the stack: a synchronous generator could not take a `return()` now. */
  #inside = false;
  #stopped = false;
  /** It has ended by itself, or was told to: `return()` must not be called (again). */
  #over = false;

  /** @throws {TypeError} when it is no iterable; and what making the iterator throws. */
  constructor(source: StreamSource<unknown>, puller: Puller) {
    this.#iterator = iteratorOf(source);
    this.#puller = puller;
  }

  /** Asks for one more item. Not to be called again before the answer, nor after anything but an item. */
  pull(): void {
    let result: unknown;
    this.#inside = true;
    try {
      result = this.#iterator.next();
    } catch (error) {
      this.#inside = false;
      this.#threw(error);
      return;
    }
    this.#inside = false;
    settle(result, this.#onResult, this.#threw);
    if (this.#stopped) this.#return();
  }

  /**
   * Ends it early: `return()` is called once, unless it has ended. It is not waited for: behind a `next()` that never
   * settles it would never settle either.
   */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    if (!this.#inside) this.#return();
  }

  readonly #onResult = (result: unknown): void => {
    let value: unknown;
    try {
      if (typeof result !== "object" || result === null) {
        throw new TypeError(`next() of the stream's source gave ${kindOf(result)}`);
      }
      const { done } = result as IteratorResult<unknown>;
      if (done) {
        this.#over = true;
        if (!this.#stopped) this.#puller.onDone();
        return;
      }
      value = (result as IteratorResult<unknown>).value;
    } catch (error) {
      this.#threw(error);
      return;
    }
    settle(value, this.#onValue, this.#onRejected);
  };

  readonly #onValue = (value: unknown): void => {
    if (!this.#stopped) this.#puller.onItem(value);
  };

  /** A promise among a synchronous iterator's items: the iterator itself goes on. */
  readonly #onRejected = (error: unknown): void => {
    if (this.#stopped) {
      this.#puller.onLate(error);
      return;
    }
    this.stop();
    this.#puller.onThrow(error);
  };

  readonly #threw = (error: unknown): void => {
    this.#over = true;
    if (this.#stopped) this.#puller.onLate(error);
    else this.#puller.onThrow(error);
  };

  #return(): void {
    if (this.#over) return;
    this.#over = true;
    const late = (error: unknown): void => this.#puller.onLate(error);
    try {
      settle(this.#iterator.return?.(), () => {}, late);
    } catch (error) {
      late(error);
    }
  }
}

interface MaybeIterable {
  [Symbol.asyncIterator]?: () => unknown;
  [Symbol.iterator]?: () => unknown;
}

/** Its iterator. @throws {TypeError} for what is no iterable; and what making it throws. */
export function iteratorOf(source: unknown): AnyIterator {
  const iterable = source as MaybeIterable | null | undefined;
  const make = iterable?.[Symbol.asyncIterator] ?? iterable?.[Symbol.iterator];
  const iterator = (make === undefined ? source : make.call(iterable)) as
    | Partial<AnyIterator>
    | null
    | undefined;
  if (typeof iterator?.next === "function") return iterator as AnyIterator;
  throw new TypeError(`a stream is made of an iterable or an async iterable, not of ${kindOf(source)}`);
}

/** Goes on at once with what is no promise. */
function settle(value: unknown, onValue: (value: unknown) => void, onError: (error: unknown) => void): void {
  let isPromise: boolean;
  try {
    isPromise = typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
  } catch (error) {
    onError(error);
    return;
  }
  if (isPromise) Promise.resolve(value).then(onValue, onError);
  else onValue(value);
}
