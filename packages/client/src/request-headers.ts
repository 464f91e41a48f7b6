import { methodHeaders, type ReadonlyHeaders, type RequestEnvelope } from "@porthos-rpc/protocol";
import { ContractHeaders } from "./contract-headers.js";

/** A method's headers are kept, so that a transport can encode them once; not more of them than this. */
const MAX_KEPT = 1_000;

/** The headers of a client's requests, the same object for the same method wherever that can be. */
export class RequestHeaders {
  readonly #kept = new Map<string, ReadonlyHeaders>();

  of({ method, headers: more }: RequestEnvelope): ReadonlyHeaders {
    if (more instanceof ContractHeaders) return more.for(method);
    if (more !== undefined) return methodHeaders(method, more);
    let headers = this.#kept.get(method);
    if (headers === undefined) {
      headers = methodHeaders(method);
      if (this.#kept.size < MAX_KEPT) this.#kept.set(method, headers);
    }
    return headers;
  }
}
