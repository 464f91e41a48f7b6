import type { Headers, HeaderValue } from "@porthos-rpc/protocol";
import { Incoming } from "./incoming.js";

/** What a handler of a contract's method gets beside its input. */
export class CallContext extends Incoming {
  #responseHeaders: Headers | undefined;

  get service(): string {
    return this.call.service;
  }

  get method(): string {
    return this.call.method;
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
