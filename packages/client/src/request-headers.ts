import {
  type ClientCall,
  headersFault,
  methodHeaders,
  type ReadonlyHeaders,
  RpcError,
} from "@porthos-rpc/protocol";
import { ContractHeaders } from "./contract-headers.js";

/** A method's headers are kept, so that a transport can encode them once; not more of them than this. */
const MAX_KEPT = 1_000;

/** The headers of a client's requests, the same object for the same method wherever that can be. */
export class RequestHeaders {
  readonly #kept = new Map<string, ReadonlyHeaders>();

  /** @throws {RpcError} TooLarge for more of them than the other end takes. */
  of(call: ClientCall): ReadonlyHeaders {
    const { method, headers: more } = call.request;
    if (more instanceof ContractHeaders) return more.for(method);
    if (more !== undefined) {
      checkHeaders(call, more);
      return methodHeaders(method, more);
    }
    let headers = this.#kept.get(method);
    if (headers === undefined) {
      headers = methodHeaders(method);
      if (this.#kept.size < MAX_KEPT) this.#kept.set(method, headers);
    }
    return headers;
  }
}

/** What an extension has added must not be more than the other end takes. @throws {RpcError} TooLarge */
export function checkHeaders({ service, method }: ClientCall, headers: ReadonlyHeaders): void {
  const fault = headersFault(headers);
  if (fault !== undefined) throw new RpcError("TooLarge", `${service}.${method}: it was not sent: ${fault}`);
}
