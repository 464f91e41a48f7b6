import {
  type Headers,
  type HeaderValue,
  NO_HEADERS,
  type ReadonlyHeaders,
  type ServerCall,
} from "@porthos-rpc/protocol";

/** What a handler of a contract's method gets beside its input. */
export class CallContext {
  readonly #call: ServerCall;
  readonly #nowMs: () => number;
  #responseHeaders: Headers | undefined;

  /** @internal */
  constructor(call: ServerCall, nowMs: () => number) {
    this.#call = call;
    this.#nowMs = nowMs;
  }

  get service(): string {
    return this.#call.service;
  }

  get method(): string {
    return this.#call.method;
  }

  /** The request's, the wire's own among them. */
  get headers(): ReadonlyHeaders {
    return this.#call.request.headers ?? NO_HEADERS;
  }

  /** Aborted when the caller gives up, when the deadline passes, or when the server stops waiting for the handler. */
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

  /** Headers to answer with. */
  get responseHeaders(): Headers {
    this.#responseHeaders ??= new Map<string, HeaderValue>();
    return this.#responseHeaders;
  }

  /** @internal What travels of them. */
  get headersToSend(): Headers | undefined {
    return this.#responseHeaders;
  }
}
