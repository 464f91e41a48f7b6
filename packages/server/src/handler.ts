import { type Clock, type Codecs, type ServerCall, wrong } from "@porthos-rpc/protocol";
import { decodeBody } from "./malformed-body.js";
import type { MethodRunner } from "./registry.js";
import { Request } from "./request.js";
import { Response } from "./response.js";

/**
 * Answers a request: through `response`, or by returning a value (or a promise of one), which answers 200 with it.
 * What it throws answers 500, without the reason; the reason is in the server's `handlerError` event.
 */
export type Handler = (request: Request, response: Response) => unknown;

/** Runs a handler of the seed's form: with a request and a response. @throws {TypeError} for what is no function. */
export function runnerOf(where: string, handler: Handler, clock: Clock, codecs: Codecs): MethodRunner {
  if (typeof handler !== "function") throw wrong(where, "handler", "a function", handler);
  const nowMs = (): number => clock.now();
  return (call) => {
    const request = new Request(call, nowMs, codecs, decodeJson(call, codecs));
    const response = new Response(codecs.json);
    const returned: unknown = handler(request, response);
    if (!isThenable(returned)) return response.toEnvelope(returned);
    return Promise.resolve(returned).then((value) => response.toEnvelope(value));
  };
}

/**
 * JSON is decoded before the handler runs, so that one never runs on half a request.
 * Returns undefined, which is no JSON value, for other contents. @throws {MalformedBody}
 */
function decodeJson(call: ServerCall, codecs: Codecs): unknown {
  const { contentType, body } = call.request;
  const codec = codecs.find(contentType);
  return codec?.contentType === "application/json" ? decodeBody(() => codec.decode(body)) : undefined;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}
