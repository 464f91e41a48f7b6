import { type Events, RpcError, type ServerEvents } from "@porthos-rpc/protocol";

/** Tells those who listen that a transport is not served, and why; where nobody does, the console. */
export function reportDegraded(
  events: Events<ServerEvents>,
  service: string,
  transport: string,
  thrown: unknown,
): void {
  const reason =
    thrown instanceof RpcError ? thrown : new RpcError("Config", String(thrown), { cause: thrown });
  if (events.has("degraded")) {
    events.emit("degraded", { transport, reason });
    return;
  }
  console.error(
    `porthos: ${service} is not served over ${transport} (observe "degraded" to handle this): ${reason.message}`,
  );
}
