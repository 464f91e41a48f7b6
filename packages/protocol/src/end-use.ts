import type { Lease, Transport } from "./transport.js";

/**
 * Ends an end's use of its transport: releases its lease. An end that never took one releases what `connect()` opened
 * for it, if nobody else uses it: else the connection would keep alive a program that has closed its ends.
 * Never rejects.
 */
export async function endUse(transport: Transport, lease: Lease | undefined): Promise<void> {
  const isOpen = transport.state !== "idle" && transport.state !== "closed";
  await (lease ?? (isOpen ? transport.acquire() : undefined))?.release();
}
