import { RpcError, type RpcErrorCode, type RpcErrorInit } from "./errors.js";

/** From the global registry, so that two installed copies of this package recognise each other's. */
const BRAND = Symbol.for("porthos.refusedHere");

/**
 * What an extension of a client throws that refuses a call before it is sent: for a bound of its own, say, or since it lacks something. The error says that the
 * call did not run, and extensions further out that it says nothing of the service.
 */
export function refusedHere(
  code: RpcErrorCode,
  message: string,
  init: Omit<RpcErrorInit, "executed"> = {},
): RpcError {
  const error = new RpcError(code, message, { ...init, executed: "no" });
  // Not enumerable: it would be printed with the error.
  return Object.defineProperty(error, BRAND, { value: true });
}

/** Whether an error is one of `refusedHere`, by whichever copy of this package. */
export function isRefusedHere(error: unknown): error is RpcError {
  return typeof error === "object" && error !== null && BRAND in error;
}
