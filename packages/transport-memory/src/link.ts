import type { Clock, RpcError } from "@porthos-rpc/protocol";
import type { Connection } from "./connection.js";

/** What a user of the transport has opened, and has again on each new connection until it is closed. */
export interface Link {
  /** A new connection is there. */
  open(connection: Connection): void;
  /** The connection is gone, and with it what was open there. */
  lost(reason: RpcError): void;
}

/** What a link needs of its transport. */
export interface LinkHost {
  readonly clock: Clock;
  /** The link is not to be opened again. */
  detach(link: Link): void;
  onDegraded(what: string, reason: RpcError): void;
  /** A callback of the user has thrown: that is told, and harms neither other users nor the transport. */
  onThrown(callback: string, error: unknown): void;
}
