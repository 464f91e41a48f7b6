import type { RpcError } from "@porthos-rpc/protocol";
import type { Connection } from "./connection.js";

/** What a user of the transport has opened, and has again on each new connection until it is closed. */
export interface Link {
  /** The user has closed it: it is not to be opened again. */
  readonly isClosed: boolean;
  /** Opens it on a new connection. @throws what the connection throws */
  open(connection: Connection): Promise<void>;
  /** The connection is gone, and with it what was open there. */
  lost(reason: RpcError): void;
  /** Time to look whether all is well. */
  poll?(): void;
}
