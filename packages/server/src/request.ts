import { type Codecs, decodeText, type ServerCall } from "@porthos-rpc/protocol";
import { Incoming } from "./incoming.js";
import { decodeBody, MalformedBody } from "./malformed-body.js";

/** What a handler gets of a request. */
export class Request extends Incoming {
  readonly #codecs: Codecs;
  #json: unknown;

  /**
   * @internal
   * @param codecs within the limits of the server
   * @param json the body's JSON value, where it is decoded already (undefined is none)
   */
  constructor(call: ServerCall, nowMs: () => number, codecs: Codecs, json: unknown) {
    super(call, nowMs);
    this.#codecs = codecs;
    this.#json = json;
  }

  get serviceName(): string {
    return this.call.service;
  }

  get methodName(): string {
    return this.call.method;
  }

  get contentType(): string | undefined {
    return this.call.request.contentType;
  }

  get body(): Uint8Array {
    return this.call.request.body;
  }

  /**
   * The body as JSON, whatever its content type says; decoded once. Not validated: `T` is the handler's claim.
   * @throws {RpcError} BadRequest when it is not JSON, or more of it than the server's limits allow; uncaught, it answers 400.
   */
  json<T = unknown>(): T {
    if (this.#json === undefined) this.#json = decodeBody(() => this.#codecs.json.decode(this.body));
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
