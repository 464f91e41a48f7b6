import type { Message, RpcError, SendListener, SendOutcome } from "@porthos-rpc/protocol";
import type { AddressKind } from "./addresses.js";
import type { Parcel } from "./parcel.js";

/** What is told of sends beside their outcomes. */
export interface SendEvents {
  onReturned(address: string, message: Message): void;
  /** Of a send that nobody listens to. */
  onRefused(address: string, reason: RpcError): void;
  /** A listener has thrown. */
  onThrown(callback: string, error: unknown): void;
}

/** A send that has not simply been accepted at once: what is needed to go on with it, and to tell of it. */
export class Sending implements SendListener {
  readonly kind: AddressKind;
  readonly address: string;
  readonly parcel: Parcel;
  /** Whether it waits for the broker to take messages again. */
  held = false;
  readonly #listener: SendListener | undefined;
  readonly #events: SendEvents;

  constructor(
    kind: AddressKind,
    address: string,
    parcel: Parcel,
    listener: SendListener | undefined,
    events: SendEvents,
  ) {
    this.kind = kind;
    this.address = address;
    this.parcel = parcel;
    this.#listener = listener;
    this.#events = events;
  }

  onOutcome(outcome: SendOutcome): void {
    if (outcome.kind === "unroutable") this.#events.onReturned(this.address, this.parcel.message);
    tell(this.address, outcome, this.#listener, this.#events);
  }
}

/** Tells the listener, in the turn of the send; without one a refusal is an event, so that it is not lost in silence. */
export function tell(
  address: string,
  outcome: SendOutcome,
  listener: SendListener | undefined,
  events: SendEvents,
): void {
  try {
    if (listener !== undefined) listener.onOutcome(outcome);
    else if (outcome.kind === "refused") events.onRefused(address, outcome.error);
  } catch (error) {
    events.onThrown("onOutcome of a send", error);
  }
}
