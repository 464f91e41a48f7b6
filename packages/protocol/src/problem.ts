import type { Executed } from "./errors.js";
import { jsonCodec } from "./json-codec.js";
import type { ResponseEnvelope } from "./wire.js";

/** The content type of an error's body (RFC 9457). */
export const PROBLEM_CONTENT_TYPE = "application/problem+json";

/** The `type` of what a server of ours says of a call whose time is over: a handler's own 504 is another matter. */
export const TIMEOUT_PROBLEM = "urn:porthos:timeout";

/** The `title` by which a caller knows that it was the service's time that was over, and not his own. */
export const HANDLER_STUCK = "Handler stuck";

/** Of a server of ours that has too much to do. It is one that may succeed later. */
export const OVERLOADED_PROBLEM = "urn:porthos:overloaded";

/** Of a server of ours that could not begin, or go on, for a reason that passes. */
export const UNAVAILABLE_PROBLEM = "urn:porthos:unavailable";

/** What an error reply says beyond its status. Safe to show to anyone who may call the service. */
export interface Problem {
  /** A URI for the kind of problem, where machines have to tell it. */
  readonly type?: string;
  readonly status: number;
  /** One line on the kind of problem: the same for every occurrence. */
  readonly title: string;
  /** This occurrence, for the caller's eyes. */
  readonly detail?: string;
  /** Whether the handler ran. */
  readonly executed: Executed;
}

/** The reply that tells a caller about a problem. A peer that knows no RFC 9457 reads the status as always. */
export function problemResponse(problem: Problem): ResponseEnvelope {
  return {
    statusCode: problem.status,
    contentType: PROBLEM_CONTENT_TYPE,
    body: jsonCodec.encode(problem),
    headers: undefined,
  };
}
