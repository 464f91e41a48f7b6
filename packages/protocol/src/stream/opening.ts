import { RpcError } from "../errors.js";
import type { Headers, HeaderValue, Message, ReadonlyHeaders } from "../message.js";
import { MAX_DURATION_MS } from "../options.js";
import {
  ALIVE_HEADER,
  NO_COUNT,
  readCount,
  SEQ_HEADER,
  STREAM_HEADER,
  TIMEOUT_HEADER,
} from "./frame-headers.js";

/*
 * What request and reply say about what travels between them.
 */

/** How often both ends of a stream say that they live, where its caller does not say. */
export const DEFAULT_ALIVE_MS = 5_000;

/** Signs of life that come more often tell nothing more, and cost both ends. */
export const MIN_ALIVE_MS = 250;

/** What a request asks for beyond its reply. */
export interface Opening {
  /** The items of a stream that its caller takes to begin with, 0 or more; undefined if it opens none. */
  readonly credit: number | undefined;
  /** How often both ends are to say that they live, in milliseconds, 250 or more; undefined = never. */
  readonly aliveMs: number | undefined;
  /** How long all of a stream may take, in milliseconds, more than 0; undefined = for ever. Its request has less to be begun. */
  readonly timeoutMs: number | undefined;
}

/** The request headers for it, for `methodHeaders` to put the method's name to. */
export function openingHeaders(
  { credit, aliveMs, timeoutMs }: Opening,
  more?: ReadonlyHeaders,
): ReadonlyHeaders {
  const headers: Headers = new Map<string, HeaderValue>(more);
  if (credit !== undefined) headers.set(STREAM_HEADER, credit);
  if (aliveMs !== undefined) headers.set(ALIVE_HEADER, aliveMs);
  if (timeoutMs !== undefined) headers.set(TIMEOUT_HEADER, timeoutMs);
  return headers;
}

/** What a request asks for; undefined for a plain call. @throws {RpcError} BadRequest for what is no number it could be. */
export function openingOf({ headers }: Message): Opening | undefined {
  const credit = readCount(headers.get(STREAM_HEADER));
  const aliveMs = readCount(headers.get(ALIVE_HEADER));
  const timeoutMs = readCount(headers.get(TIMEOUT_HEADER));
  if (credit === undefined && aliveMs === undefined) return undefined;
  if (credit === NO_COUNT) throw wrong(STREAM_HEADER, "0");
  if (aliveMs === NO_COUNT || aliveMs === 0) throw wrong(ALIVE_HEADER, "1");
  if (timeoutMs === NO_COUNT || timeoutMs === 0) throw wrong(TIMEOUT_HEADER, "1");
  return { credit, aliveMs: within(aliveMs, MIN_ALIVE_MS), timeoutMs: within(timeoutMs, 1) };
}

/** As much of it as a peer can have: no more work than makes sense, and no longer than any timer. */
function within(ms: number | undefined, minMs: number): number | undefined {
  return ms === undefined ? undefined : Math.min(Math.max(ms, minMs), MAX_DURATION_MS);
}

function wrong(header: string, min: string): RpcError {
  return new RpcError("BadRequest", `the request's header ${header} must be a whole number from ${min}`);
}

/** The header of the reply that ends a stream: how many items it had. */
export function endHeaders(count: number): ReadonlyHeaders {
  return new Map([[SEQ_HEADER, count]]);
}

/** How many items a reply says its stream had; undefined if it says nothing of the kind, as a plain call's does. */
export function endCountOf(headers: ReadonlyHeaders): number | undefined {
  const count = readCount(headers.get(SEQ_HEADER));
  return count === NO_COUNT ? undefined : count;
}
