import {
  type AnyMethod,
  describeIssues,
  isBytes,
  type Schema,
  type Validated,
  validate,
} from "@porthos-rpc/contract";
import {
  bytesCodec,
  type Codecs,
  type MaybePromise,
  RpcError,
  type StreamSource,
} from "@porthos-rpc/protocol";
import { checkStreamOptions, type StreamOptions } from "./call-options.js";
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
    const rest = [...args];
    const given = input === undefined ? undefined : rest.shift();
    const source = upload === undefined ? undefined : (rest.shift() as StreamSource<unknown>);
    const options = rest.shift() as StreamOptions | undefined;
    const parts: StreamParts = {
      name,
      request: () => requests.make(given),
      upload: source,
      codec,
      bytesContentType: isBytes(upload) ? upload.contentType : bytesCodec.contentType,
      prepareUpload: checkingOnly(upload, validatesInput, name),
      errorOf: (response) => responses.errorOf(response),
    };
    return [parts, options === undefined ? {} : checkStreamOptions(name, options)];
  };
  if (output === undefined) {
    return async (...args: readonly unknown[]): Promise<unknown> => {
      const [parts, options] = partsOf(args);
      return responses.read(await streamToResponse(target, parts, options));
    };
  }
  const accept = parsing(output, validatesOutput, name);
  return (...args: readonly unknown[]): unknown => {
    const [parts, options] = partsOf(args);
    return streamOfItems(target, { ...parts, codecs, accept }, options);
  };
}

/** What is uploaded is checked, and sent as it was given: what the schema makes of it is for who receives it. */
function checkingOnly(
  schema: Schema | undefined,
  validates: boolean,
  name: string,
): ((item: unknown) => MaybePromise<unknown>) | undefined {
  if (schema === undefined || !validates) return undefined;
  return (item) => {
    const fitting = (checked: Validated<unknown>): unknown => {
      if (checked.ok) return item;
      const why = `${name}: an uploaded item does not fit the contract: ${describeIssues(checked.issues)}`;
      throw new RpcError("BadRequest", why, { executed: "maybe", cause: checked.cause });
    };
    const checked = validate(schema, item);
    return checked instanceof Promise ? checked.then(fitting) : fitting(checked);
  };
}

function parsing(schema: Schema, validates: boolean, name: string): (item: unknown) => MaybePromise<unknown> {
  if (!validates) return (item) => item;
  const fitting = (parsed: Validated<unknown>): unknown => {
    if (parsed.ok) return parsed.value;
    const why = `${name}: an item does not fit the contract: ${describeIssues(parsed.issues)}`;
    throw new RpcError("BadReply", why, { cause: parsed.cause });
  };
  return (item) => {
    const parsed = validate(schema, item);
    return parsed instanceof Promise ? parsed.then(fitting) : fitting(parsed);
  };
}
