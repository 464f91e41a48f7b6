import { RpcError } from "./errors.js";
import { kindOf } from "./kind-of.js";
import type { Headers, HeaderValue, Message, ReadonlyHeaders } from "./message.js";
import { wrong } from "./options.js";

/*
 * The seed's wire, version 1 (docs/wire.md): the one place where calls become messages and messages calls.
 */

/** The request header that names the method. */
export const METHOD_HEADER = "X-Method";
/** The response header with the status; AMQP int32, which Go and Java peers insist on. */
export const STATUS_HEADER = "statusCode";

/** The request header with the hash of the caller's contract for the method, if he has one. */
export const CONTRACT_HEADER = "porthos-contract";

/** The response header with the seconds after which the same call may succeed, as HTTP's (RFC 9110, 10.2.3). */
export const RETRY_AFTER_HEADER = "Retry-After";

/** Longer method names, in characters, are refused on both sides. */
const MAX_METHOD_LENGTH = 200;

/** The name of a method that is registered or called. @throws {TypeError} for what no request can name. */
export function checkMethod(where: string, method: unknown): string {
  if (typeof method === "string" && method !== "" && method.length <= MAX_METHOD_LENGTH) return method;
  throw wrong(where, "method", `a text of 1 to ${MAX_METHOD_LENGTH} characters`, method);
}

/** A call as it travels. */
export interface RequestEnvelope {
  readonly method: string;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
  /** Beside the wire's own. Undefined = none. */
  readonly headers: ReadonlyHeaders | undefined;
}

/** An answer as it travels. */
export interface ResponseEnvelope {
  /** HTTP's numbers. */
  readonly statusCode: number;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
  readonly headers: ReadonlyHeaders | undefined;
}

/** How a request is to be answered. A one-way request has none of it. */
export interface ReplyPath {
  readonly correlationId: string;
  readonly replyTo: string;
  /** What is left of the call's timeout, in milliseconds; rounded up to a whole number, at least 1. */
  readonly ttlMs: number;
}

/** Headers of requests that have only a method: one Map a method, so that a transport can encode them once. */
export function methodHeaders(method: string, more?: ReadonlyHeaders): ReadonlyHeaders {
  const headers: Headers = new Map<string, HeaderValue>(more);
  headers.set(METHOD_HEADER, method);
  return headers;
}

/** @param headers from `methodHeaders` */
export function encodeRequest(
  request: RequestEnvelope,
  headers: ReadonlyHeaders,
  reply: ReplyPath | undefined,
): Message {
  return {
    body: request.body,
    contentType: request.contentType,
    correlationId: reply?.correlationId,
    replyTo: reply?.replyTo,
    ttlMs: reply === undefined ? undefined : Math.max(1, Math.ceil(reply.ttlMs)),
    headers,
    // Nobody waits for a one-way call, so nobody would notice that a restart of the broker lost it.
    durable: reply === undefined,
  };
}

/** The method that a request names. @throws {RpcError} BadRequest when it names none that could exist. */
export function methodOf(message: Message): string {
  const method = message.headers.get(METHOD_HEADER);
  if (typeof method !== "string" || method === "") {
    throw new RpcError(
      "BadRequest",
      `the request must have a string header ${METHOD_HEADER}; it has ${foundFor(method, message)}`,
    );
  }
  if (method.length > MAX_METHOD_LENGTH) {
    throw new RpcError("BadRequest", `the method's name is longer than ${MAX_METHOD_LENGTH} characters`);
  }
  return method;
}

/** @param correlationId the request's, echoed */
export function encodeResponse(response: ResponseEnvelope, correlationId: string | undefined): Message {
  return {
    body: response.body,
    contentType: response.contentType,
    correlationId,
    replyTo: undefined,
    ttlMs: undefined,
    headers: statusHeaders(response.statusCode, response.headers),
    durable: false,
  };
}

const statusOnly = new Map<number, ReadonlyHeaders>();
/** Handlers may answer with any status, but a peer must not be able to fill this with numbers. */
const MAX_STATUS_ENTRIES = 1_000;

/** Most responses have no header but the status: one Map a status, so that a transport can encode it once. */
function statusHeaders(statusCode: number, more: ReadonlyHeaders | undefined): ReadonlyHeaders {
  if (more !== undefined && more.size > 0) {
    return new Map<string, HeaderValue>(more).set(STATUS_HEADER, statusCode);
  }
  let headers = statusOnly.get(statusCode);
  if (headers === undefined) {
    headers = new Map<string, HeaderValue>([[STATUS_HEADER, statusCode]]);
    if (statusOnly.size < MAX_STATUS_ENTRIES) statusOnly.set(statusCode, headers);
  }
  return headers;
}

/**
 * The status of a reply. A peer whose broker cannot carry numbers may send decimal digits.
 * @throws {RpcError} BadReply when there is none.
 */
export function statusOf(message: Message): number {
  const raw = message.headers.get(STATUS_HEADER);
  const status = typeof raw === "string" && /^\d{1,9}$/.test(raw) ? Number(raw) : raw;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 0) {
    throw new RpcError(
      "BadReply",
      `the reply must have an integer header ${STATUS_HEADER}; it has ${foundFor(raw, message)}`,
    );
  }
  return status;
}

/** RabbitMQ 3 puts the headers of what crosses from AMQP 1.0 to 0-9-1 into this one, and drops those that cross back. */
const CROSSED_HEADER = "x-amqp-1.0-app-properties";

function foundFor(value: HeaderValue | undefined, { headers }: Message): string {
  if (value !== undefined) return kindOf(value);
  const crossed = headers.size === 0 || headers.has(CROSSED_HEADER);
  return crossed
    ? "none. If both ends reach a RabbitMQ 3 by different protocols, it has dropped them: use one (docs/transports.md)"
    : "none";
}
