import type { CallId } from "@porthos-rpc/protocol";
import type { RunContext } from "./run-context.js";

/** When a request's caller stops waiting: what it was given, less the time that it was in the queue. */
export function deadlineOf(
  context: RunContext,
  id: CallId | undefined,
  ttlMs: number | undefined,
  receivedMs: number,
): number | undefined {
  if (ttlMs === undefined) return undefined;
  return receivedMs + ttlMs - context.callerClocks.queuedMs(id, ttlMs, receivedMs);
}
