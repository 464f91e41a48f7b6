import {
  Events,
  type Message,
  RpcError,
  type SendListener,
  type SendOutcome,
  TRANSPORT_EVENTS,
  type TransportEvents,
} from "@porthos-rpc/protocol";
import { decode } from "./mapping.js";

/** What the transport tells its users. Whatever a callback of theirs throws is told as `degraded`, and harms nobody. */
export class Report {
  readonly events: Events<TransportEvents> = new Events((event, cause) => {
    // Nobody is left to tell what an observer of "degraded" threw.
    if (event !== "degraded") this.#threw(`an observer of "${event}"`, cause);
  }, TRANSPORT_EVENTS);

  degraded(what: string, reason: RpcError): void {
    this.events.emit("degraded", { what, reason });
  }

  guard(callback: string, call: () => void): void {
    try {
      call();
    } catch (cause) {
      this.#threw(callback, cause);
    }
  }

  outcome(address: string, message: Message, outcome: SendOutcome, listener?: SendListener): void {
    if (outcome.kind === "unroutable") this.events.emit("returned", { address, message });
    if (listener !== undefined) this.guard("onOutcome of a send", () => listener.onOutcome(outcome));
    else if (outcome.kind === "refused") this.degraded("a message was refused", outcome.error);
  }

  /** Hands on what was received. @returns false, and told as `quarantined`, if the bytes are no message */
  receive(address: string, bytes: Buffer, onMessage: (message: Message) => void): boolean {
    let message: Message;
    try {
      message = decode(bytes);
    } catch (cause) {
      const reason = new RpcError("BadRequest", "what came is no message of this transport", { cause });
      this.events.emit("quarantined", { address, reason });
      return false;
    }
    this.guard(`what received a message from ${address}`, () => onMessage(message));
    return true;
  }

  #threw(callback: string, cause: unknown): void {
    const reason = new RpcError("BadRequest", `${callback} threw; this is a bug of the program`, { cause });
    this.degraded(callback, reason);
  }
}
