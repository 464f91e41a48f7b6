import { type AnyMethod, describeIssues, errorFactories, isBytes, parser } from "@porthos-rpc/contract";
import {
  andThen,
  bytesCodec,
  Codecs,
  type ResponseEnvelope,
  rawCodec,
  type ServerCall,
  type StreamSource,
} from "@porthos-rpc/protocol";
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
  const { clock, codecs, validatesInput, validatesOutput, contextBase } = tools;
  const input = new TypedInput(method, codecs, validatesInput);
  const result = new TypedOutput(method, codecs, validatesOutput);
  const errors = errorFactories(method);
  const { upload: uploaded } = method;
  const uploadCodecs = isBytes(uploaded)
    ? new Codecs([rawCodec(uploaded.contentType)], codecs.limits)
    : codecs;
  const parseUpload = parser(
    validatesInput ? uploaded : undefined,
    ({ issues, cause }) => new InvalidInput(`an uploaded item: ${describeIssues(issues)}`, cause, "maybe"),
  );
  const parseItem = parser(validatesOutput ? method.output : undefined, ({ issues, cause }) => {
    const name = `${method.service}.${method.name}`;
    const why = `${name}: an item of the handler does not fit the contract: ${describeIssues(issues)}`;
    return new TypeError(why, { cause });
  });
  class Context extends contextBase {
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
    const upload =
      uploaded === undefined
        ? undefined
        : exchange.read(uploadCodecs, (item) => parseUpload(item, undefined));
    const context = new Context(call, upload);
    const returned = await handler(value as never, context as never);
    if (method.output === undefined) return result.make(returned, call.request, context);
    return exchange.write(returned as StreamSource<unknown>, {
      codec: answerCodec(codecs, call.request.contentType),
      bytesContentType: isBytes(method.output) ? method.output.contentType : bytesCodec.contentType,
      prepare: (item) => parseItem(item, undefined),
      onLate: (error) => onLate(call, error),
    });
  };

  return (call) => {
    const exchange = streamOf(call);
    const end = andThen(input.read(call.request), (value) => run(call, exchange, value));
    return settled(exchange, end).catch((error: unknown) => declaredAnswer(method, error));
  };
}
