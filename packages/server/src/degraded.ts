import { type Events, RpcError, type ServerEvents } from "@porthos-rpc/protocol";

/**
 * Tells those who listen what a server cannot do over one of its transports, and why; where nobody does, the console.
 * @param what in a few words, for the console
 */
export function reportDegraded(
  events: Events<ServerEvents>,
  what: string,
  transport: string,
  thrown: unknown,
): void {
  const reason =
    thrown instanceof RpcError ? thrown : new RpcError("Config", String(thrown), { cause: thrown });
  if (events.has("degraded")) {
    events.emit("degraded", { transport, reason });
    return;
  }
  console.error(`porthos: ${what} over ${transport} (observe "degraded" to handle this): ${reason.message}`);
}
