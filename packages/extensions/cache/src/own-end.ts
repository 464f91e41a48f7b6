import { Refusal, RpcError } from "@porthos-rpc/protocol";
import { type CachedCall, isClientCall } from "./cached-call.js";

/*
 * How a call ends that has joined another one, and by its caller's own doing. Whether the other one has run, or will, nobody here knows.
 */

export function tooLate(call: CachedCall): Error {
  if (!isClientCall(call)) return new Refusal(504, "its time was over", { executed: "maybe" });
  const why = `no answer within ${Math.round(call.timeoutMs)} ms to the same call, which it had joined`;
  return new RpcError("Timeout", `${call.service}.${call.method}: ${why}`, { executed: "maybe" });
}

export function gaveUp(call: CachedCall): Error {
  if (!isClientCall(call)) return new Refusal(499, "its caller gave up", { executed: "maybe" });
  const cause: unknown = call.signal?.reason;
  const why = "the caller gave up while it waited for the same call";
  return new RpcError("Cancelled", `${call.service}.${call.method}: ${why}`, { executed: "maybe", cause });
}

/** The failure of another's call: an error of one's own, whose stack names who waits here. */
export function sharedError(error: unknown): unknown {
  if (!(error instanceof RpcError)) return error;
  const { code, message, executed, status, retryable, details } = error;
  return new RpcError(code, message, { executed, status, retryable, details, cause: error });
}
