import { type AnyContract, type AnyMethod, type Methods, methodsOf } from "@porthos-rpc/contract";
import { type Codec, Codecs, type RequestEnvelope } from "@porthos-rpc/protocol";
import { checkArgumentCount } from "./argument-count.js";
import type { CallTarget } from "./call-builder.js";
import { withHeaders } from "./call-headers.js";
import {
  type CallOptions,
  checkCallOptions,
  checkOneWayOptions,
  type OneWayOptions,
  ownLimitMs,
  type StreamOptions,
  timeLimitMs,
} from "./call-options.js";
import { INPUT_CHECK, OUTPUT_CHECK } from "./held-calls.js";
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
      const made = requests.make(input);
      if (!(made instanceof Promise)) return await target.void(withHeaders(made, checked.headers), checked);
      const ready = await checkedInput(target, method, made, checked, ownLimitMs(checked, target.timeoutMs));
      await target.void(withHeaders(ready.request, checked.headers), ready.options);
    };
  }
  const isDeclared = method.idempotent;
  return async (...args: readonly unknown[]): Promise<unknown> => {
    checkArgumentCount(where, args, hasInput ? 2 : 1);
    const [input, given] = hasInput ? args : [undefined, ...args];
    const checked = checkCallOptions(where, (given ?? {}) as CallOptions);
    let options = isDeclared ? declaredIdempotent(checked) : checked;
    const startedMs = target.clock.now();
    const made = requests.make(input);
    let request = made;
    if (request instanceof Promise) {
      const limitMs = timeLimitMs(options, target.timeoutMs);
      ({ request, options } = await checkedInput(target, method, request, options, limitMs));
    }
    const read = responses.read(await target.sync(withHeaders(request, checked.headers), options));
    return read instanceof Promise ? await checkedOutput(target, method, read, checked, startedMs) : read;
  };
}

/** The request whose input a validator checks that waits, and what that leaves of the call's time. */
async function checkedInput(
  target: CallTarget,
  { name }: AnyMethod,
  making: Promise<RequestEnvelope>,
  options: CallOptions,
  limitMs: number,
): Promise<{ readonly request: RequestEnvelope; readonly options: CallOptions }> {
  const startedMs = target.clock.now();
  const time = { limitMs, startedMs, signal: options.signal };
  const request = await target.checked(making, name, INPUT_CHECK, time);
  return { request, options: { ...options, timeoutMs: limitMs - (target.clock.now() - startedMs) } };
}

/** What was answered, which a validator checks that waits. */
function checkedOutput(
  target: CallTarget,
  { name }: AnyMethod,
  reading: Promise<unknown>,
  options: CallOptions,
  startedMs: number,
): Promise<unknown> {
  const { timeoutMs = target.timeoutMs, signal } = options;
  const elapsedMs = target.clock.now() - startedMs;
  // Of a deadline so much is left by now; a timeout is counted from the call.
  const limitMs = Math.min(timeoutMs, elapsedMs + timeLimitMs(options, target.timeoutMs));
  return target.checked(reading, name, OUTPUT_CHECK, { limitMs, startedMs, signal });
}

/** A call of a method whose contract says so; the caller may know better. */
function declaredIdempotent(options: CallOptions): CallOptions {
  return options.idempotent === undefined ? { ...options, idempotent: true } : options;
}
