import {
  decodeText,
  jsonCodec,
  NO_HEADERS,
  type ReadonlyHeaders,
  type ServerCall,
} from "@porthos-rpc/protocol";
import { decodeBody, MalformedBody } from "./malformed-body.js";

/** What a handler gets of a request. */
export class Request {
  readonly #call: ServerCall;
  readonly #nowMs: () => number;
  #json: unknown;

  /**
   * @internal
   * @param json the body's JSON value, where it is decoded already (undefined is none)
   */
  constructor(call: ServerCall, nowMs: () => number, json: unknown) {
    this.#call = call;
    this.#nowMs = nowMs;
    this.#json = json;
  }

  get serviceName(): string {
    return this.#call.service;
  }

  get methodName(): string {
    return this.#call.method;
  }

  /** All headers, the wire's own among them. */
  get headers(): ReadonlyHeaders {
    return this.#call.request.headers ?? NO_HEADERS;
  }

  get contentType(): string | undefined {
    return this.#call.request.contentType;
  }

  get body(): Uint8Array {
    return this.#call.request.body;
  }

  /** Aborted when the deadline passes, or when the server stops waiting for the handler. */
  get signal(): AbortSignal {
    return this.#call.signal;
  }

  /** When the caller stops waiting, by this machine's clock; undefined if he does not say. */
  get deadline(): Date | undefined {
    const { deadlineMs } = this.#call;
    return deadlineMs === undefined ? undefined : new Date(Date.now() + deadlineMs - this.#nowMs());
  }

  /** Whether it may have been delivered, and run, before. */
  get redelivered(): boolean {
    return this.#call.redelivered;
  }

  /**
   * The body as JSON, whatever its content type says; decoded once. Not validated: `T` is the handler's claim.
   * @throws {RpcError} BadRequest when it is not JSON; uncaught, it answers 400.
   */
  json<T = unknown>(): T {
    if (this.#json === undefined) this.#json = decodeBody(() => jsonCodec.decode(this.body));
    return this.#json as T;
  }

  /**
   * The arguments of a call made `withArgs`.
   * @throws {RpcError} BadRequest when the body is not a JSON array; uncaught, it answers 400.
   */
  args<T extends readonly unknown[] = readonly unknown[]>(): T {
    const value = this.json();
    if (!Array.isArray(value)) throw new MalformedBody("the body must be a JSON array of arguments");
    return value as unknown as T;
  }

  /** @throws {RpcError} BadRequest when the body is not UTF-8; uncaught, it answers 400. */
  text(): string {
    return decodeBody(() => decodeText(this.body));
  }
}
