import { CALL, NO_HEADERS, type ReadonlyHeaders, type ServerCall } from "@porthos-rpc/protocol";

/** What every handler may know of the request that it works on. */
export abstract class Incoming {
  /** @internal */
  protected readonly call: ServerCall;
  readonly #nowMs: () => number;

  /** @internal @param nowMs the server's clock */
  constructor(call: ServerCall, nowMs: () => number) {
    this.call = call;
    this.#nowMs = nowMs;
  }

  // So that an extension's key finds its value. Not a getter of the class: nobody else is to see it.
  static {
    Object.defineProperty(Incoming.prototype, CALL, {
      get(this: Incoming) {
        return this.call;
      },
    });
  }

  /** The request's, the wire's own among them. */
  get headers(): ReadonlyHeaders {
    return this.call.request.headers ?? NO_HEADERS;
  }

  /** Aborted when the caller gives up, when the deadline passes, or when the server stops waiting for the handler. */
  get signal(): AbortSignal {
    return this.call.signal;
  }

  /** When the caller stops waiting, by this machine's clock; undefined if he does not say. */
  get deadline(): Date | undefined {
    const { deadlineMs } = this.call;
    return deadlineMs === undefined ? undefined : new Date(Date.now() + deadlineMs - this.#nowMs());
  }

  /** Whether it may have been delivered, and run, before. */
  get redelivered(): boolean {
    return this.call.redelivered;
  }
}
