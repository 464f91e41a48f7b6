import type { Message } from "@porthos-rpc/protocol";
import type { RunContext } from "./run-context.js";

/** When a request's caller stops waiting: what it was given, less the time that it was in the queue. */
export function deadlineOf(context: RunContext, message: Message, receivedMs: number): number | undefined {
  const { ttlMs, correlationId } = message;
  if (ttlMs === undefined) return undefined;
  const { clock, callerClocks } = context;
  const receivedEpochMs = clock.epochMs() - (clock.now() - receivedMs);
  return receivedMs + ttlMs - callerClocks.queuedMs(correlationId, ttlMs, receivedEpochMs);
}
