import type { RpcError } from "@porthos-rpc/protocol";
import type { Delays } from "./delays.js";
import type { Dice } from "./dice.js";

/** A consumer, inbox or subscription, over all the connections that chaos takes from it. */
export interface ChaosLink {
  /** Opens it on the inner transport. Rejects as that does. */
  open(): Promise<void>;
  /** The connection is lost, as far as its user can see. */
  lose(reason: RpcError): void;
  /** For good: nothing is handed on any more. */
  stop(): void;
}

/** What links have in common. */
export interface ChaosParts {
  readonly dice: Dice;
  readonly delays: Delays;
  /** Its user has cancelled or closed it: it is not to be opened again. */
  onCancel(link: ChaosLink): void;
  readonly guarded: Guarded;
}

/** Calls back to the user; what it throws is told as an event, and goes no further. */
export type Guarded = (what: string, act: () => void) => void;
