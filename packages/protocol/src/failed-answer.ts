import type { Executed } from "./errors.js";
import { jsonCodec } from "./json-codec.js";
import type { ReadonlyHeaders } from "./message.js";
import { PROBLEM_CONTENT_TYPE } from "./problem.js";
import { isOk, Status } from "./status.js";
import { RETRY_AFTER_HEADER, type ResponseEnvelope } from "./wire.js";

/** Statuses by which a service says that the same call may succeed later. */
const PASSING: ReadonlySet<number> = new Set([Status.TooManyRequests, Status.Unavailable, Status.Timeout]);

const EXECUTED: readonly unknown[] = ["no", "maybe", "yes"] satisfies readonly Executed[];

/** A problem that says whether its call ran has a few hundred bytes. */
const MAX_BYTES = 4_096;

/** What an answer with a status outside of 200-299 says to whoever thinks of calling again. */
export interface FailedAnswer {
  /** Whether the call ran. One that says nothing of it was made by a handler, and so it did. */
  readonly executed: Executed;
  /** Whether the same call may succeed later, by its status. */
  readonly retryable: boolean;
  /** When it may, in milliseconds from now; undefined if the answer does not say. */
  readonly retryAfterMs: number | undefined;
}

/**
 * For what acts on answers whatever they hold: only a problem (RFC 9457) of at most 4 KiB is decoded. Undefined for an answer with a status of
 * 200-299.
 */
export function readFailedAnswer(
  response: ResponseEnvelope & { readonly wasSentBefore?: boolean },
): FailedAnswer | undefined {
  const { statusCode, headers, wasSentBefore } = response;
  if (isOk(statusCode)) return undefined;
  const executed = executedOf(problemOf(response));
  return {
    // Sent again by the client itself: what is said of one run is not said of the others.
    executed: executed === "no" && wasSentBefore === true ? "maybe" : executed,
    retryable: isPassing(statusCode),
    retryAfterMs: retryAfterMsOf(headers),
  };
}

/** Whether a service says by this status that the same call may succeed later. */
export function isPassing(statusCode: number): boolean {
  return PASSING.has(statusCode);
}

/**
 * Whether the call ran, as its answer says. A handler of a peer that says nothing of it has answered, and so it ran.
 * @param details what the answer holds, decoded
 */
export function executedOf(details: unknown): Executed {
  if (typeof details !== "object" || details === null) return "yes";
  const { executed } = details as { readonly executed?: unknown };
  return EXECUTED.includes(executed) ? (executed as Executed) : "yes";
}

/** What the header `Retry-After` says, in milliseconds: whole seconds, as a number or in digits. Undefined for anything else. */
export function retryAfterMsOf(headers: ReadonlyHeaders | undefined): number | undefined {
  const header = headers?.get(RETRY_AFTER_HEADER);
  const seconds = typeof header === "string" && /^\d{1,9}$/.test(header) ? Number(header) : header;
  return typeof seconds === "number" && seconds >= 0 ? seconds * 1_000 : undefined;
}

/** The problem that an answer, or its message, holds; undefined for what holds none, or a larger one. @param maxBytes by default 4 KiB */
export function problemOf(
  answer: { readonly contentType: string | undefined; readonly body: Uint8Array },
  maxBytes: number = MAX_BYTES,
): unknown {
  if (answer.contentType !== PROBLEM_CONTENT_TYPE || answer.body.length > maxBytes) return undefined;
  try {
    return jsonCodec.decode(answer.body);
  } catch {
    // A handler's own, whose limits are others.
    return undefined;
  }
}

/** The same answer, but that it says `maybe` where it said that its call did not run: for a request that was out before. */
export function saidOfOneRun(response: ResponseEnvelope): ResponseEnvelope {
  const problem = problemOf(response, Number.POSITIVE_INFINITY);
  if (executedOf(problem) !== "no") return response;
  const { statusCode, contentType, headers } = response;
  const body = jsonCodec.encode({ ...(problem as object), executed: "maybe" });
  return { statusCode, contentType, headers, body };
}
