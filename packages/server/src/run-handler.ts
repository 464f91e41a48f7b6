import {
  type Clock,
  Codecs,
  type Events,
  type MaybePromise,
  type ResponseEnvelope,
  RpcError,
  type ServerCall,
  type ServerEvents,
} from "@porthos-rpc/protocol";
import { badRequest, internalError } from "./answers.js";
import { reportHandlerError } from "./handler-error.js";
import { decodeBody, MalformedBody } from "./malformed-body.js";
import type { Registry } from "./registry.js";
import { Request } from "./request.js";
import { Response } from "./response.js";

const codecs = new Codecs();

/**
 * The innermost layer of a server: the handler itself. Always ends with an answer, whatever the handler throws, and
 * waits only if the handler returns a promise.
 */
export function handlerRunner(
  registry: Registry,
  clock: Clock,
  events: Events<ServerEvents>,
): (call: ServerCall) => MaybePromise<ResponseEnvelope> {
  const nowMs = (): number => clock.now();

  const thrown = (call: ServerCall, error: unknown): ResponseEnvelope => {
    if (isMalformedBody(error)) return badRequest(error.message);
    reportHandlerError(events, call, error);
    return internalError();
  };

  return (call) => {
    const handler = registry.handler(call.method);
    if (handler === undefined) throw new RpcError("Config", `no handler for method ${call.method}`);
    try {
      const request = new Request(call, nowMs, decodeJson(call));
      const response = new Response();
      const returned: unknown = handler(request, response);
      if (!isThenable(returned)) return response.toEnvelope(returned);
      return Promise.resolve(returned)
        .then((value) => response.toEnvelope(value))
        .catch((error: unknown) => thrown(call, error));
    } catch (error) {
      return thrown(call, error);
    }
  };
}

/**
 * JSON is decoded before the handler runs, so that one never runs on half a request.
 * Returns undefined, which is no JSON value, for other contents. @throws {MalformedBody}
 */
function decodeJson(call: ServerCall): unknown {
  const { contentType, body } = call.request;
  const codec = codecs.find(contentType);
  return codec?.contentType === "application/json" ? decodeBody(() => codec.decode(body)) : undefined;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** A handler may throw anything, a Proxy that throws at the first look among it. */
function isMalformedBody(error: unknown): error is MalformedBody {
  try {
    return error instanceof MalformedBody;
  } catch {
    return false;
  }
}
