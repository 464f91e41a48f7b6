import type { ClientCall, ServerCall } from "@porthos-rpc/protocol";

/** A call on either side. */
export type CachedCall = ClientCall | ServerCall;

/** Whether it is a client's, and so says whether it may be made more than once. */
export function isClientCall(call: CachedCall): call is ClientCall {
  return "idempotent" in call;
}
