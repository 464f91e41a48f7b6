import { type HeaderValue, methodHeaders, type ReadonlyHeaders } from "@porthos-rpc/protocol";

/**
 * The headers of a method of a contract, which all its calls have in common: so those that travel are made once, and a
 * transport can encode them once. Of no other headers is that known: an extension may use a map again, and change it.
 */
export class ContractHeaders extends Map<string, HeaderValue> {
  #kept: { readonly method: string; readonly headers: ReadonlyHeaders } | undefined;

  /** With the method's name. */
  for(method: string): ReadonlyHeaders {
    if (this.#kept?.method !== method) this.#kept = { method, headers: methodHeaders(method, this) };
    return this.#kept.headers;
  }
}
