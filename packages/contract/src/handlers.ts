import type { AnyContract, AnyMethod, MethodsIn } from "./contract.js";
import type { ErrorFactories } from "./error-factories.js";
import type { ItemReturnOf, ReceivedOf, ReturnOf, UploadReceivedOf } from "./method-types.js";
import type { Items } from "./methods.js";

/**
 * What implements a contract: a handler for each of its methods.
 * @typeParam Context what a server gives each handler
 */
export type Handlers<C extends AnyContract, Context = unknown> = {
  readonly [Name in keyof MethodsIn<C>]: MethodHandler<MethodsIn<C>[Name], Context>;
};

/** The handler of one method. Its input is undefined if the method takes nothing. */
export type MethodHandler<M extends AnyMethod, Context = unknown> = (
  input: ReceivedOf<M>,
  context: HandlerContext<M, Context>,
) => HandlerReturn<M>;

/** What a handler gets beside its input: the server's context, its method's errors, and what the caller uploads. */
export type HandlerContext<M extends AnyMethod, Context = unknown> = Context & {
  readonly errors: ErrorFactories<M>;
} & (M["upload"] extends undefined ? unknown : { readonly upload: AsyncIterable<UploadReceivedOf<M>> });

/** What a handler may return: the answer or the items, or a promise of it. */
export type HandlerReturn<M extends AnyMethod> = M["kind"] extends "stream"
  ? M["output"] extends undefined
    ? ReturnOf<M> | Promise<ReturnOf<M>>
    : Items<ItemReturnOf<M>> | Promise<Items<ItemReturnOf<M>>>
  : ReturnOf<M> | Promise<ReturnOf<M>>;
