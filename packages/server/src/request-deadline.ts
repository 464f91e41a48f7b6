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
  const { clock, callerClocks } = context;
  const receivedEpochMs = clock.epochMs() - (clock.now() - receivedMs);
  return receivedMs + ttlMs - callerClocks.queuedMs(id, ttlMs, receivedEpochMs);
}
