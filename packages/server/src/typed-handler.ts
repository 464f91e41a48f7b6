import {
  type AnyMethod,
  contractErrorToProblem,
  errorFactories,
  isContractError,
  type MethodHandler,
} from "@porthos-rpc/contract";
import {
  type Clock,
  type Codecs,
  type MaybePromise,
  problemResponse,
  type ResponseEnvelope,
  type ServerCall,
} from "@porthos-rpc/protocol";
import { expired } from "./answers.js";
import type { CallContext } from "./call-context.js";
import type { ContextClass } from "./context-additions.js";
import { isThenable } from "./handler.js";
import type { MethodRunner } from "./registry.js";
import { TypedInput } from "./typed-input.js";
import { TypedOutput } from "./typed-output.js";

/** What a server does for the methods of its contract. */
export interface TypedTools {
  readonly clock: Clock;
  readonly codecs: Codecs;
  readonly validatesInput: boolean;
  readonly validatesOutput: boolean;
  readonly contextBase: ContextClass;
}

/** Runs a handler of a contract's method: with its input and a context. */
export function typedRunner(
  method: AnyMethod,
  handler: MethodHandler<AnyMethod, CallContext>,
  tools: TypedTools,
): MethodRunner {
  const { clock, codecs, validatesInput, validatesOutput, contextBase } = tools;
  const input = new TypedInput(method, codecs, validatesInput);
  const output = new TypedOutput(method, codecs, validatesOutput);
  const nowMs = (): number => clock.now();
  // Errors belong to the method, and not to a call.
  const errors = errorFactories(method);
  class Context extends contextBase {
    get errors(): typeof errors {
      return errors;
    }
  }

  const run = (call: ServerCall, value: unknown): MaybePromise<ResponseEnvelope> => {
    const context = new Context(call, nowMs);
    try {
      const returned: unknown = handler(value as never, context as never);
      if (!isThenable(returned)) return output.make(returned, call.request, context);
      return Promise.resolve(returned)
        .then((late) => output.make(late, call.request, context))
        .catch((error: unknown) => declaredAnswer(method, error));
    } catch (error) {
      return declaredAnswer(method, error);
    }
  };

  return (call) => {
    const reading = input.read(call.request);
    if (!(reading instanceof Promise)) return run(call, reading);
    // The call may have ended while its input was checked: its slot is another's by now.
    return reading.then((value) => (call.signal.aborted ? expired() : run(call, value)));
  };
}

/** An error that the method declares is an answer. @throws any other: one that another method declares is this one's own trouble. */
export function declaredAnswer(method: AnyMethod, error: unknown): ResponseEnvelope {
  if (isContractError(error, method)) return problemResponse(contractErrorToProblem(error));
  throw error;
}
