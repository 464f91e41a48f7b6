/**
 * For testing a handler alone: a request made by hand, and a response to look at. For tests with a client, use the
 * memory transport.
 * @packageDocumentation
 */
import {
  Codecs,
  checkKnown,
  type Headers,
  type HeaderValue,
  jsonCodec,
  NO_BODY,
  type ServerCall,
  wrong,
} from "@porthos-rpc/protocol";
import { Request } from "./request.js";
import { Response } from "./response.js";

/** What a mock request is made of; everything has a default. */
export interface MockRequest {
  /** @default "TestService" */
  readonly serviceName?: string;
  /** @default "test" */
  readonly methodName?: string;
  readonly headers?: Readonly<Record<string, HeaderValue>> | Headers;
  /** @default "application/json" with `json` or `args`, else none */
  readonly contentType?: string;
  readonly body?: Uint8Array;
  /** A body in JSON, instead of `body`. */
  readonly json?: unknown;
  /** A body of arguments, instead of `body`. */
  readonly args?: readonly unknown[];
  /** @default one that is never aborted */
  readonly signal?: AbortSignal;
  /** @default none. Nothing happens when it passes: abort `signal` for that. */
  readonly deadline?: Date;
  readonly redelivered?: boolean;
}

const KNOWN = [
  "serviceName",
  "methodName",
  "headers",
  "contentType",
  "body",
  "json",
  "args",
  "signal",
  "deadline",
  "redelivered",
];

const CODECS = new Codecs();

/** Its deadline is as given, to the millisecond. */
class RequestByHand extends Request {
  readonly #deadline: Date | undefined;

  constructor(call: ServerCall, deadline: Date | undefined) {
    super(call, () => 0, CODECS, undefined);
    this.#deadline = deadline;
  }

  override get deadline(): Date | undefined {
    return this.#deadline;
  }
}

/** A request as a handler would get it. @throws {TypeError} for unknown fields, and for a deadline that is no Date. */
export function mockRequest(mock: MockRequest = {}): Request {
  checkKnown("mockRequest", mock, KNOWN);
  const { serviceName = "TestService", methodName = "test", signal = new AbortController().signal } = mock;
  const { deadline } = mock;
  if (deadline !== undefined && !(deadline instanceof Date)) {
    throw wrong("mockRequest", "deadline", "a Date", deadline);
  }
  const value = mock.args ?? mock.json;
  const body = mock.body ?? (value === undefined ? NO_BODY : jsonCodec.encode(value));
  const contentType = mock.contentType ?? (value === undefined ? undefined : jsonCodec.contentType);
  const headers: Headers =
    mock.headers instanceof Map ? mock.headers : new Map(Object.entries(mock.headers ?? {}));
  const request = { method: methodName, contentType, body, headers };
  const call: ServerCall = {
    service: serviceName,
    method: methodName,
    kind: "call",
    request,
    id: undefined,
    clientId: undefined,
    ageMs: undefined,
    redelivered: mock.redelivered ?? false,
    deadlineMs: deadline?.getTime(),
    signal,
  };
  return new RequestByHand(call, deadline);
}

/** A response that keeps what the handler answers: `statusCode`, `contentType`, `headers`, `body`, `jsonBody()`. */
export class MockResponse extends Response {
  /** The body as JSON. @throws {RpcError} BadRequest when it is not JSON. */
  jsonBody<T = unknown>(): T {
    return jsonCodec.decode(this.body) as T;
  }
}

export function mockResponse(): MockResponse {
  return new MockResponse();
}
