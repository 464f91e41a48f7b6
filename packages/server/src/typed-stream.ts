import {
  type AnyMethod,
  describeIssues,
  errorFactories,
  isBytes,
  type Schema,
  type Validated,
  validate,
} from "@porthos-rpc/contract";
import {
  bytesCodec,
  type MaybePromise,
  type ResponseEnvelope,
  type ServerCall,
  type StreamSource,
} from "@porthos-rpc/protocol";
import { CallContext } from "./call-context.js";
import type { CallExchange } from "./call-exchange.js";
import { InvalidInput } from "./malformed-body.js";
import type { MethodRunner } from "./registry.js";
import { type LateReporter, settled, streamOf } from "./stream-handler.js";
import { declaredAnswer, type TypedTools } from "./typed-handler.js";
import { TypedInput } from "./typed-input.js";
import { answerCodec, TypedOutput } from "./typed-output.js";

type AnyHandler = (input: never, context: never) => unknown;

/** Runs a handler of a contract's stream: with its input, and a context that has what the caller uploads. */
export function typedStreamRunner(
  method: AnyMethod,
  handler: AnyHandler,
  tools: TypedTools,
  onLate: LateReporter,
): MethodRunner {
  const { clock, codecs, validatesInput, validatesOutput } = tools;
  const input = new TypedInput(method, codecs, validatesInput);
  const result = new TypedOutput(method, codecs, validatesOutput);
  const errors = errorFactories(method);
  const accept = checking(method.upload, validatesInput, notFitting);
  const prepare =
    method.output === undefined ? undefined : checking(method.output, validatesOutput, notToSend(method));
  class Context extends CallContext {
    readonly upload: AsyncIterable<unknown> | undefined;

    constructor(call: ServerCall, upload: AsyncIterable<unknown> | undefined) {
      super(call, () => clock.now());
      this.upload = upload;
    }

    get errors(): typeof errors {
      return errors;
    }
  }

  const run = async (call: ServerCall, exchange: CallExchange, value: unknown): Promise<ResponseEnvelope> => {
    const upload = method.upload === undefined ? undefined : exchange.read(codecs, accept);
    const context = new Context(call, upload);
    const returned = await handler(value as never, context as never);
    if (method.output === undefined) return result.make(returned, call.request, context);
    return exchange.write(returned as StreamSource<unknown>, {
      codec: answerCodec(codecs, call.request.contentType),
      bytesContentType: isBytes(method.output) ? method.output.contentType : bytesCodec.contentType,
      prepare,
      onLate: (error) => onLate(call, error),
    });
  };

  return (call) => {
    const exchange = streamOf(call);
    const value = input.read(call.request);
    const end =
      value instanceof Promise ? value.then((late) => run(call, exchange, late)) : run(call, exchange, value);
    return settled(exchange, end).catch((error: unknown) => declaredAnswer(method, error));
  };
}

/** What is made of each item on its way: parsed by the schema. A promise only where the validator returns one. */
function checking(
  schema: Schema | undefined,
  validates: boolean,
  failure: (checked: Validated<unknown>) => Error,
): (item: unknown) => MaybePromise<unknown> {
  if (schema === undefined || !validates) return (item) => item;
  const fitting = (checked: Validated<unknown>): unknown => {
    if (checked.ok) return checked.value;
    throw failure(checked);
  };
  return (item) => {
    const checked = validate(schema, item);
    return checked instanceof Promise ? checked.then(fitting) : fitting(checked);
  };
}

function notFitting(checked: Validated<unknown>): Error {
  const { issues, cause } = checked as Extract<Validated<unknown>, { readonly ok: false }>;
  return new InvalidInput(`an uploaded item: ${describeIssues(issues)}`, cause);
}

function notToSend({ service, name }: AnyMethod): (checked: Validated<unknown>) => Error {
  return (checked) => {
    const { issues, cause } = checked as Extract<Validated<unknown>, { readonly ok: false }>;
    const why = `${service}.${name}: an item of the handler does not fit the contract: ${describeIssues(issues)}`;
    return new TypeError(why, { cause });
  };
}
