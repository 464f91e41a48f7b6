import { checkBoolean, checkKnown } from "@porthos-rpc/protocol";
import { type Declaration, declare, type Given } from "./declaration.js";
import type { ErrorDeclarations, NoErrors } from "./declared-errors.js";
import type { Schema } from "./schema.js";

/** One request, one reply. */
export interface Method<
  Input extends Schema | undefined = Schema | undefined,
  Output extends Schema | undefined = Schema | undefined,
  Errors extends ErrorDeclarations = ErrorDeclarations,
> extends Declaration {
  readonly kind: "method";
  readonly input: Input;
  readonly upload: undefined;
  readonly output: Output;
  readonly result: undefined;
  readonly errors: Errors;
}

export interface MethodOptions<
  Input extends Schema | undefined,
  Output extends Schema | undefined,
  Errors extends ErrorDeclarations,
> {
  /** For people, and for the derived descriptions. At most 16 KiB. */
  readonly description?: string;
  /** What the caller passes. Without it the method takes nothing. */
  readonly input?: Input;
  /** What the method answers. It must accept what it gives: server and client both parse it. Without it: nothing. */
  readonly output?: Output;
  /** Whether running it twice does no more than running it once: then a client may repeat it. @default false */
  readonly idempotent?: boolean;
  /** What it may fail with, by name. */
  readonly errors?: Errors;
}

const WHERE = "method";

/**
 * Declares a method with one request and one reply.
 * @throws {TypeError} at once for a wrong option, by name.
 */
export function method<
  Input extends Schema | undefined = undefined,
  Output extends Schema | undefined = undefined,
  Errors extends ErrorDeclarations = NoErrors,
>(options?: MethodOptions<Input, Output, Errors>): Method<Given<Input>, Given<Output>, Given<Errors>>;
export function method(options: MethodOptions<Schema, Schema, ErrorDeclarations> = {}): Method {
  checkKnown(WHERE, options, ["description", "input", "output", "idempotent", "errors"]);
  const idempotent = checkBoolean(WHERE, "idempotent", options.idempotent, false);
  return declare(WHERE, "method", { ...options, idempotent }) as Method;
}
