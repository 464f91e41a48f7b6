import type { AnyContract, AnyMethod, MethodsIn } from "./contract.js";
import type { InputArgs, ItemOf, OutputOf, UploadSentOf } from "./method-types.js";

/** Items from a server. Leaving a `for await` early, `return()` and disposing all stop the server. */
export interface ItemStream<T> extends AsyncIterableIterator<T, void, undefined>, AsyncDisposable {
  return(): Promise<IteratorResult<T, void>>;
}

/**
 * Items as a user gives them: a generator, an array, or whatever else can be iterated. Taken as fast as they are read.
 */
export type Items<T> = AsyncIterable<T> | Iterable<T>;

/**
 * A contract's methods as a client has them: input, upload and options as arguments, as far as the method has them.
 * @typeParam Options of a call
 * @typeParam OneWayOptions of a notification
 * @typeParam StreamOptions of a stream
 */
export type Methods<C extends AnyContract, Options, OneWayOptions = Options, StreamOptions = Options> = {
  readonly [Name in keyof MethodsIn<C>]: CalledMethod<
    MethodsIn<C>[Name],
    Options,
    OneWayOptions,
    StreamOptions
  >;
};

/** One method as a client has it. */
export type CalledMethod<
  M extends AnyMethod,
  Options,
  OneWayOptions = Options,
  StreamOptions = Options,
> = M["kind"] extends "method"
  ? (...args: [...input: InputArgs<M>, options?: Options]) => Promise<OutputOf<M>>
  : M["kind"] extends "notification"
    ? (...args: [...input: InputArgs<M>, options?: OneWayOptions]) => Promise<void>
    : CalledStream<M, StreamOptions>;

type CalledStream<M extends AnyMethod, Options> = M["upload"] extends undefined
  ? (...args: [...input: InputArgs<M>, options?: Options]) => ItemStream<ItemOf<M>>
  : (
      ...args: [...input: InputArgs<M>, upload: Items<UploadSentOf<M>>, options?: Options]
    ) => M["output"] extends undefined ? Promise<OutputOf<M>> : ItemStream<ItemOf<M>>;
