import { checkKnown, wrong } from "@porthos-rpc/protocol";
import { type Declaration, declare, type Given } from "./declaration.js";
import type { ErrorDeclarations, NoErrors } from "./declared-errors.js";
import { needSchema, type Schema } from "./schema.js";

/**
 * A call with items on the way: from the server (`output`), from the client (`upload`), or both.
 * One from the client only may end with a `result`.
 */
export interface StreamMethod<
  Input extends Schema | undefined = Schema | undefined,
  Upload extends Schema | undefined = Schema | undefined,
  Output extends Schema | undefined = Schema | undefined,
  Result extends Schema | undefined = Schema | undefined,
  Errors extends ErrorDeclarations = ErrorDeclarations,
> extends Declaration {
  readonly kind: "stream";
  readonly input: Input;
  readonly upload: Upload;
  readonly output: Output;
  readonly result: Result;
  readonly errors: Errors;
}

export interface StreamOptions<Input extends Schema | undefined, Errors extends ErrorDeclarations> {
  /** For people, and for the derived descriptions. At most 16 KiB. */
  readonly description?: string;
  /** What the caller passes at the beginning. Without it the method takes nothing but its items. */
  readonly input?: Input;
  /** What it may fail with, by name. */
  readonly errors?: Errors;
}

/** From server to client. */
export interface ServerStreamOptions<
  Input extends Schema | undefined,
  Output extends Schema,
  Errors extends ErrorDeclarations,
> extends StreamOptions<Input, Errors> {
  /** An item. It must accept what it gives: server and client both parse it. */
  readonly output: Output;
  readonly upload?: never;
  readonly result?: never;
}

/** From client to server. */
export interface ClientStreamOptions<
  Input extends Schema | undefined,
  Upload extends Schema,
  Result extends Schema | undefined,
  Errors extends ErrorDeclarations,
> extends StreamOptions<Input, Errors> {
  /** An item. */
  readonly upload: Upload;
  /** What the server answers at the end. Without it: nothing. */
  readonly result?: Result;
  readonly output?: never;
}

/** Both ways at once. */
export interface TwoWayStreamOptions<
  Input extends Schema | undefined,
  Upload extends Schema,
  Output extends Schema,
  Errors extends ErrorDeclarations,
> extends StreamOptions<Input, Errors> {
  /** An item from the client. */
  readonly upload: Upload;
  /** An item from the server. It must accept what it gives: server and client both parse it. */
  readonly output: Output;
  readonly result?: never;
}

const WHERE = "stream";

/**
 * Declares a method with items on the way: `output` for those from the server, `upload` for those from the client.
 * @throws {TypeError} at once for a wrong option, by name.
 */
export function stream<
  Output extends Schema,
  Input extends Schema | undefined = undefined,
  Errors extends ErrorDeclarations = NoErrors,
>(
  options: ServerStreamOptions<Input, Output, Errors>,
): StreamMethod<Given<Input>, undefined, Given<Output>, undefined, Given<Errors>>;
export function stream<
  Upload extends Schema,
  Output extends Schema,
  Input extends Schema | undefined = undefined,
  Errors extends ErrorDeclarations = NoErrors,
>(
  options: TwoWayStreamOptions<Input, Upload, Output, Errors>,
): StreamMethod<Given<Input>, Given<Upload>, Given<Output>, undefined, Given<Errors>>;
export function stream<
  Upload extends Schema,
  Input extends Schema | undefined = undefined,
  Result extends Schema | undefined = undefined,
  Errors extends ErrorDeclarations = NoErrors,
>(
  options: ClientStreamOptions<Input, Upload, Result, Errors>,
): StreamMethod<Given<Input>, Given<Upload>, undefined, Given<Result>, Given<Errors>>;
export function stream(
  options:
    | ServerStreamOptions<Schema, Schema, ErrorDeclarations>
    | ClientStreamOptions<Schema, Schema, Schema, ErrorDeclarations>
    | TwoWayStreamOptions<Schema, Schema, Schema, ErrorDeclarations>,
): StreamMethod {
  checkKnown(WHERE, options, ["description", "input", "upload", "output", "result", "errors"]);
  const { upload, output, result } = options;
  if (upload === undefined) needSchema(WHERE, "output", output);
  if (result !== undefined && output !== undefined) {
    throw wrong(WHERE, "result", "left out where there is an output: the items are the answer", result);
  }
  if (result !== undefined && upload === undefined) {
    throw wrong(WHERE, "result", "left out where there is no upload", result);
  }
  return declare(WHERE, "stream", options) as StreamMethod;
}
