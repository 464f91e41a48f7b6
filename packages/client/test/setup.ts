import { RpcError } from "@porthos-rpc/protocol";
import { ManualClock } from "@porthos-rpc/protocol/testing";
import { type Client, type ClientOptions, createClient } from "../src/index.js";
import { ScriptedTransport } from "./scripted-transport.js";

export interface Scripted {
  readonly clock: ManualClock;
  readonly transport: ScriptedTransport;
  readonly client: Client;
}

/** A client of `S` on a scripted transport, whose time stands still. */
export function scripted(options: Partial<ClientOptions> = {}): Scripted {
  const clock = new ManualClock();
  const transport = new ScriptedTransport();
  const client = createClient({ transport, service: "S", timeoutMs: 1_000, clock, ...options });
  return { clock, transport, client };
}

/** Why connections go, in these tests. */
export const connectionLost: RpcError = new RpcError("Unavailable", "connection reset");
