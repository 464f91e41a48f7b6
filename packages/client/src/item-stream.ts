import type { ItemStream } from "@porthos-rpc/contract";
import type { StreamReader } from "@porthos-rpc/protocol";

type Result<T> = IteratorResult<T, undefined>;

/**
 * The items of a stream, for one `for await`. Nothing is sent before the first item is asked for. Leaving early (`break`, `return()`, the end of
 * an `await using`) stops the server.
 */
export class Items<T> implements ItemStream<T> {
  readonly #reader: StreamReader<T>;
  readonly #begin: () => void;
  #state: "new" | "begun" | "left" = "new";

  /** @param begin makes the call; called once, if at all */
  constructor(reader: StreamReader<T>, begin: () => void) {
    this.#reader = reader;
    this.#begin = begin;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws {RpcError} what the stream ended with, once; then it is done. */
  next(): Promise<Result<T>> {
    if (this.#state === "new") {
      this.#state = "begun";
      this.#begin();
    }
    return this.#reader.next();
  }

  return(): Promise<Result<T>> {
    this.#state = "left";
    return this.#reader.return();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
