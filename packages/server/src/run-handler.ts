import {
  type Events,
  type MaybePromise,
  type ResponseEnvelope,
  RpcError,
  type ServerCall,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { expired, internalError } from "./answers.js";
import { runKey } from "./derivable-call.js";
import { reportHandlerError } from "./handler-error.js";
import { MalformedBody } from "./malformed-body.js";
import type { Registry } from "./registry.js";

/**
 * The innermost layer of a server: the handler itself. Always ends with an answer, whatever the handler throws, and
 * waits only if the handler returns a promise.
 */
export function handlerRunner(
  registry: Registry,
  events: Events<ServerEvents>,
): (call: ServerCall) => MaybePromise<ResponseEnvelope> {
  const thrown = (call: ServerCall, error: unknown): ResponseEnvelope => {
    const meant = answerMeantBy(error);
    // What is wrong with a one-way request its caller never learns.
    if (meant !== undefined && call.kind !== "void") return meant;
    reportHandlerError(events, call, error);
    return internalError();
  };

  return (call) => {
    // Only an extension that waits brings one whose call has ended; what is answered then is dropped.
    if (runKey.of(call)?.beginHandler() === false) return expired();
    const runner = registry.runner(call.method);
    if (runner === undefined) throw new RpcError("Config", `no handler for method ${call.method}`);
    try {
      const response = runner(call);
      return response instanceof Promise ? response.catch((error: unknown) => thrown(call, error)) : response;
    } catch (error) {
      return thrown(call, error);
    }
  };
}

/** The one error of a handler's that says something to the caller: that his request is not what the method takes. */
function answerMeantBy(error: unknown): ResponseEnvelope | undefined {
  // A handler may throw anything, a Proxy that throws at the first look among it.
  try {
    return error instanceof MalformedBody ? (error as MalformedBody).toResponse() : undefined;
  } catch {
    return undefined;
  }
}
