import { type AnyMethod, describeIssues, isBytes, parser, type Schema } from "@porthos-rpc/contract";
import {
  andThen,
  bytesCodec,
  Codecs,
  type MaybePromise,
  RpcError,
  rawCodec,
  type StreamSource,
  wrong,
} from "@porthos-rpc/protocol";
import { checkArgumentCount } from "./argument-count.js";
import { withHeaders } from "./call-headers.js";
import { checkStreamOptions, type StreamOptions, wholeLimitMs } from "./call-options.js";
import { ITEM_CHECK, OUTPUT_CHECK } from "./held-calls.js";
import type { Response } from "./response.js";
import { type StreamParts, type StreamTarget, streamOfItems, streamToResponse } from "./stream-call.js";
import type { TypedSettings } from "./typed-methods.js";
import type { TypedRequests } from "./typed-request.js";
import type { TypedResponses } from "./typed-response.js";

/** A stream of a contract, as a function: of its input, its upload and its options, as far as it has them. */
export function typedStream(
  method: AnyMethod,
  target: StreamTarget,
  settings: TypedSettings,
  tools: { readonly codecs: Codecs; readonly requests: TypedRequests; readonly responses: TypedResponses },
): unknown {
  const { service, codec, validatesInput, validatesOutput } = settings;
  const { codecs, requests, responses } = tools;
  const name = `${service}.${method.name}`;
  const { input, upload, output } = method;
  const partsOf = (args: readonly unknown[]): readonly [StreamParts, StreamOptions] => {
    checkArgumentCount(name, args, 1 + Number(input !== undefined) + Number(upload !== undefined));
    const rest = [...args];
    const value = input === undefined ? undefined : rest.shift();
    const source = upload === undefined ? undefined : (rest.shift() as StreamSource<unknown>);
    // Without one its server would wait for the items for ever.
    if (upload !== undefined && source === undefined) {
      throw wrong(name, "upload", "an iterable or an async iterable", source);
    }
    const given = rest.shift() as StreamOptions | undefined;
    const options = given === undefined ? {} : checkStreamOptions(name, given);
    const parts: StreamParts = {
      name,
      method: method.name,
      request: () => andThen(requests.make(value), (request) => withHeaders(request, options.headers)),
      upload: source,
      endsWithAnswer: output === undefined,
      codec,
      bytesContentType: isBytes(upload) ? upload.contentType : bytesCodec.contentType,
      prepareUpload: validatesInput ? checkingOnly(upload, name) : undefined,
      errorOf: (response) => responses.errorOf(response),
    };
    return [parts, options];
  };
  if (output === undefined) {
    return async (...args: readonly unknown[]): Promise<unknown> => {
      const [parts, options] = partsOf(args);
      return answerInTime(target, method, options, responses, streamToResponse(target, parts, options));
    };
  }
  const itemCodecs = isBytes(output) ? new Codecs([rawCodec(output.contentType)], codecs.limits) : codecs;
  const accept = parsing(validatesOutput ? output : undefined, name);
  return (...args: readonly unknown[]): unknown => {
    const [parts, options] = partsOf(args);
    const inTime = acceptInTime(target, method, options, accept);
    return streamOfItems(target, { ...parts, codecs: itemCodecs, accept: inTime }, options);
  };
}

/** The answer that ends an upload. A validator that waits has the time of an answer, and no more than all of it. */
async function answerInTime(
  target: StreamTarget,
  { name }: AnyMethod,
  options: StreamOptions,
  responses: TypedResponses,
  response: Promise<Response>,
): Promise<unknown> {
  const { signal, idleTimeoutMs = target.timeoutMs } = options;
  const wholeMs = wholeLimitMs(options) ?? Number.POSITIVE_INFINITY;
  const begunMs = target.clock.now();
  const read = responses.read(await response);
  if (!(read instanceof Promise)) return read;
  const startedMs = target.clock.now();
  const limitMs = Math.min(idleTimeoutMs, wholeMs - (startedMs - begunMs));
  return target.checked(read, name, OUTPUT_CHECK, { limitMs, startedMs, signal });
}

/** A validator that waits has the time of an item. */
function acceptInTime(
  target: StreamTarget,
  { name }: AnyMethod,
  { signal, idleTimeoutMs: limitMs = target.timeoutMs }: StreamOptions,
  accept: (item: unknown) => MaybePromise<unknown>,
): (item: unknown) => MaybePromise<unknown> {
  return (item) => {
    const made = accept(item);
    if (!(made instanceof Promise)) return made;
    const time = { limitMs, startedMs: target.clock.now(), signal };
    return target.checked(made, name, ITEM_CHECK, time);
  };
}

/** What is uploaded is checked, and sent as it was given: what the schema makes of it is for who receives it. */
function checkingOnly(schema: Schema | undefined, name: string): (item: unknown) => MaybePromise<unknown> {
  const check = parser(schema, ({ issues, cause }) => {
    const why = `${name}: an uploaded item does not fit the contract: ${describeIssues(issues)}`;
    return new RpcError("BadRequest", why, { executed: "maybe", cause });
  });
  return (item) => andThen(check(item, undefined), () => item);
}

function parsing(schema: Schema | undefined, name: string): (item: unknown) => MaybePromise<unknown> {
  const parse = parser(schema, ({ issues, cause }) => {
    const why = `${name}: an item does not fit the contract: ${describeIssues(issues)}`;
    return new RpcError("BadReply", why, { cause });
  });
  return (item) => parse(item, undefined);
}
