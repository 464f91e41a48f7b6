import type { ItemStream } from "@porthos-rpc/contract";
import {
  bytesCodec,
  type Codecs,
  checkBoolean,
  checkDuration,
  checkMethod,
  checkText,
  NO_BODY,
  type ReadonlyHeaders,
  type RequestEnvelope,
  type StreamSource,
  wrong,
} from "@porthos-rpc/protocol";
import { type CallHeaders, checkCallHeaders, mergeHeaders } from "./call-headers.js";
import {
  type CallOptions,
  checkAlive,
  checkDeadline,
  checkSignal,
  checkStreamOptions,
  type StreamOptions,
} from "./call-options.js";
import { detailsOf, remoteError } from "./remote-error.js";
import type { Response } from "./response.js";
import type { Slot } from "./slot.js";
import { type StreamTarget, streamOfItems } from "./stream-call.js";

/** What a builder hands its call to. */
export interface CallTarget extends StreamTarget {
  readonly service: string;
  /** JSON and bytes, within the client's limits. */
  readonly codecs: Codecs;
  sync(request: RequestEnvelope, options: CallOptions): Promise<Response>;
  async(request: RequestEnvelope, options: CallOptions): Promise<Slot>;
  void(request: RequestEnvelope, options: CallOptions): Promise<void>;
}

/** One call in the making: set its body and timeout, then send it with `sync`, `async` or `void`. Reusable. */
export class CallBuilder {
  readonly #target: CallTarget;
  readonly #method: string;
  #options: CallOptions = {};
  #body: Uint8Array = NO_BODY;
  #contentType: string | undefined = undefined;
  #headers: ReadonlyHeaders | undefined = undefined;

  constructor(target: CallTarget, method: string) {
    this.#target = target;
    this.#method = checkMethod("call", method);
  }

  /** How long this call may take, queue time included. @param timeoutMs more than 0 @throws {TypeError} */
  withTimeout(timeoutMs: number): this {
    this.#options = { ...this.#options, timeoutMs: checkDuration("withTimeout", "timeoutMs", timeoutMs) };
    return this;
  }

  /** When this call must have ended, by this machine's clock; the earlier of this and its timeout counts. @throws {TypeError} */
  withDeadline(deadline: Date): this {
    this.#options = { ...this.#options, deadline: checkDeadline("withDeadline", deadline) };
    return this;
  }

  /** Gives the call up when the signal is aborted; whoever runs it is told. @throws {TypeError} */
  withSignal(signal: AbortSignal): this {
    this.#options = { ...this.#options, signal: checkSignal("withSignal", signal) };
    return this;
  }

  /**
   * Says that this call may run more than once to the same effect: it is sent again, three times at most, when its connection is lost and
   * nobody can tell whether it arrived. Not for streams.
   * @param idempotent false takes it back @throws {TypeError} for what is neither true nor false
   */
  withIdempotence(idempotent = true): this {
    checkBoolean("withIdempotence", "idempotent", idempotent, true);
    this.#options = { ...this.#options, idempotent };
    return this;
  }

  /**
   * Sends headers of the caller's own, beside the wire's; together with those that were given before.
   * @throws {TypeError} for what are no headers, and for names that the wire has for itself (`X-Method`, `porthos-…`).
   */
  withHeaders(headers: CallHeaders): this {
    checkCallHeaders("withHeaders", headers);
    this.#headers = mergeHeaders(this.#headers, headers);
    return this;
  }

  /** A JSON object as the body. @throws {RpcError} BadRequest when JSON cannot say it, or not within the client's limits. @throws {TypeError} for other types. */
  withMap(map: Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>): this {
    if (typeof map !== "object" || map === null || Array.isArray(map)) {
      throw wrong("withMap", "map", "an object or a Map", map);
    }
    return this.#withJson(map instanceof Map ? Object.fromEntries(map) : map);
  }

  /** Any value that JSON can say as the body. @throws {RpcError} BadRequest when it cannot. */
  withStruct(value: unknown): this {
    return this.#withJson(value);
  }

  /** A JSON array of the arguments as the body. @throws {RpcError} BadRequest when JSON cannot say it. */
  withArgs(...args: readonly unknown[]): this {
    return this.#withJson(args);
  }

  /** Bytes as the body, of type `application/octet-stream`. They must not be changed before the call has ended. */
  withBody(body: Uint8Array): this {
    return this.withBodyContentType(body, bytesCodec.contentType);
  }

  /** Bytes of the given content type as the body. They must not be changed before the call has ended. */
  withBodyContentType(body: Uint8Array, contentType: string): this {
    if (!(body instanceof Uint8Array)) throw wrong("withBody", "body", "a Uint8Array", body);
    this.#contentType = checkText("withBodyContentType", "contentType", contentType, 255);
    this.#body = body;
    return this;
  }

  /**
   * Asks the server that runs it for a sign of life at this interval: the call fails early when three are missing.
   * @param aliveEveryMs at least 250 @param onAlive hears each; the first says that a server has begun @throws {TypeError}
   */
  withLiveness(aliveEveryMs: number, onAlive?: () => void): this {
    checkAlive("withLiveness", aliveEveryMs, onAlive);
    this.#options = { ...this.#options, aliveEveryMs, ...(onAlive === undefined ? {} : { onAlive }) };
    return this;
  }

  /**
   * Sends the call and waits for its response, whatever its status.
   * @throws {RpcError} when there is none; `executed` says whether it ran. docs/errors.md lists the codes.
   */
  sync(): Promise<Response> {
    return this.#target.sync(this.#request(), this.#options);
  }

  /** Sends the call and returns a slot for its response, which can be awaited later, or cancelled. */
  async(): Promise<Slot> {
    return this.#target.async(this.#request(), this.#options);
  }

  /**
   * The items that a streaming method answers with: JSON values, or bytes. Begins with the first item that is asked for; leaving
   * early stops the server. Its `withTimeout` is for all of it.
   * @param upload items for the method, taken no faster than it reads them @typeParam T the caller's claim: nothing is validated
   * @throws {TypeError} for a wrong option. The iteration: `RpcError`, `Remote` for an answer whose status is not 200-299.
   */
  stream<T = unknown>(
    options: Pick<StreamOptions, "idleTimeoutMs" | "window"> & {
      readonly upload?: StreamSource<unknown>;
    } = {},
  ): ItemStream<T> {
    const { upload, ...more } = options;
    const checked = checkStreamOptions("stream", { ...this.#options, ...more });
    const request = this.#request();
    const { service, codecs } = this.#target;
    const { method } = request;
    return streamOfItems<T>(
      this.#target,
      {
        name: `${service}.${method}`,
        method,
        request: () => request,
        upload,
        endsWithAnswer: false,
        codec: codecs.json,
        bytesContentType: bytesCodec.contentType,
        prepareUpload: undefined,
        codecs,
        accept: (item) => item as T,
        errorOf: (response) => remoteError({ service, method }, response, detailsOf(response, codecs)),
      },
      checked,
    );
  }

  /**
   * Sends a one-way call. Resolves when the broker has taken it; nobody answers, whatever becomes of it.
   * @throws {RpcError} when the broker has not taken it.
   */
  void(): Promise<void> {
    return this.#target.void(this.#request(), this.#options);
  }

  #withJson(value: unknown): this {
    const { json } = this.#target.codecs;
    this.#body = json.encode(value);
    this.#contentType = json.contentType;
    return this;
  }

  #request(): RequestEnvelope {
    return { method: this.#method, contentType: this.#contentType, body: this.#body, headers: this.#headers };
  }
}
