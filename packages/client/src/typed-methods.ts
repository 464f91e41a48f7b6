import { type AnyContract, type AnyMethod, type Methods, methodsOf } from "@porthos-rpc/contract";
import { type Codec, Codecs } from "@porthos-rpc/protocol";
import { checkArgumentCount } from "./argument-count.js";
import type { CallTarget } from "./call-builder.js";
import { withHeaders } from "./call-headers.js";
import {
  type CallOptions,
  checkCallOptions,
  checkOneWayOptions,
  type OneWayOptions,
  type StreamOptions,
} from "./call-options.js";
import { TypedRequests } from "./typed-request.js";
import { TypedResponses } from "./typed-response.js";
import { typedStream } from "./typed-stream.js";

/** What a client does for the methods of its contract. */
export interface TypedSettings {
  /** What the client calls; the contract's own name unless the client was told another. */
  readonly service: string;
  /** What values are sent in. Answers are read in this, in JSON, and as bytes. */
  readonly codec: Codec;
  readonly validatesInput: boolean;
  readonly validatesOutput: boolean;
}

/** The methods of a contract, as functions. Without a prototype, so that it has no other names. */
export function typedMethods<C extends AnyContract>(
  contract: C,
  target: CallTarget,
  settings: TypedSettings,
): Methods<C, CallOptions, OneWayOptions, StreamOptions> {
  const functions: Record<string, unknown> = Object.create(null);
  const codecs = new Codecs([settings.codec], target.codecs.limits);
  for (const [name, method] of methodsOf(contract)) {
    functions[name] = typedMethod(method, target, settings, codecs);
  }
  return Object.freeze(functions) as Methods<C, CallOptions, OneWayOptions, StreamOptions>;
}

/** One function; async, so that the stack of what it throws names who awaits it. */
function typedMethod(
  method: AnyMethod,
  target: CallTarget,
  settings: TypedSettings,
  codecs: Codecs,
): unknown {
  const { service, codec, validatesInput, validatesOutput } = settings;
  const requests = new TypedRequests(method, service, codec, validatesInput);
  const responses = new TypedResponses(method, service, codecs, validatesOutput);
  const where = `${service}.${method.name}`;
  if (method.kind === "stream") return typedStream(method, target, settings, { codecs, requests, responses });
  const hasInput = method.input !== undefined;
  if (method.kind === "notification") {
    return async (...args: readonly unknown[]): Promise<void> => {
      checkArgumentCount(where, args, hasInput ? 2 : 1);
      const [input, options] = hasInput ? args : [undefined, ...args];
      const checked = checkOneWayOptions(where, (options ?? {}) as OneWayOptions);
      await target.void(withHeaders(await requests.make(input), checked.headers), checked);
    };
  }
  const isDeclared = method.idempotent;
  return async (...args: readonly unknown[]): Promise<unknown> => {
    checkArgumentCount(where, args, hasInput ? 2 : 1);
    const [input, options] = hasInput ? args : [undefined, ...args];
    const checked = checkCallOptions(where, (options ?? {}) as CallOptions);
    const made = requests.make(input);
    const request = withHeaders(made instanceof Promise ? await made : made, checked.headers);
    return responses.read(await target.sync(request, isDeclared ? declaredIdempotent(checked) : checked));
  };
}

/** A call of a method whose contract says so; the caller may know better. */
function declaredIdempotent(options: CallOptions): CallOptions {
  return options.idempotent === undefined ? { ...options, idempotent: true } : options;
}
