import { ACCEPTED, type Message, type SendListener, type SendOutcome, UNSENT } from "@porthos-rpc/protocol";
import type { AddressKind } from "./addresses.js";
import type { Broker } from "./broker.js";
import { overloaded, refusedBy } from "./errors.js";
import { type Parcel, pack } from "./parcel.js";
import { type SendEvents, Sending, tell } from "./sending.js";
import type { Task } from "./turns.js";

/**
 * The sends of one connection, from the copy of the message to the outcome, which is told in a later turn. They keep
 * their order. Without latency and alarm a message is with its receiver at once, and only its outcome is left to tell.
 */
export class Sends implements Task {
  readonly #broker: Broker;
  readonly #events: SendEvents;
  /** Who is to be told in the next turn, and what. */
  #listeners: SendListener[] = [];
  #outcomes: SendOutcome[] = [];
  #waitsForTurn = false;
  /** On the way to the broker or back, or held while it is blocked; in their order. */
  readonly #underway = new Set<Sending>();
  #underwayBytes = 0;
  #whenConfirmed: (() => void) | undefined;

  constructor(broker: Broker, events: SendEvents) {
    this.#broker = broker;
    this.#events = events;
  }

  send(kind: AddressKind, address: string, message: Message, listener: SendListener | undefined): void {
    const { settings, line } = this.#broker.engine;
    let parcel: Parcel;
    try {
      parcel = pack(message, settings.maxMessageBytes, settings.clock);
    } catch (error) {
      tell(address, refusedBy(error), listener, this.#events);
      return;
    }
    if (!this.#hasRoom(parcel)) {
      tell(address, overloaded("too many sends wait for their outcome"), listener, this.#events);
    } else if (line === undefined && this.#broker.blockedBy === undefined) {
      const outcome = this.#broker.addresses.route(kind, address, parcel);
      if (outcome !== ACCEPTED)
        this.#tellLater(new Sending(kind, address, parcel, listener, this.#events), outcome);
      else if (listener !== undefined) this.#tellLater(listener, outcome);
    } else {
      this.#depart(new Sending(kind, address, parcel, listener, this.#events));
    }
  }

  /** The broker takes messages again. */
  unblocked(): void {
    for (const sending of [...this.#underway]) if (sending.held) this.#arrive(sending);
  }

  /** The connection is gone: what has no outcome yet gets this one, but what was held here was not sent. */
  fail(outcome: SendOutcome): void {
    this.#outcomes = this.#listeners.map(() => outcome);
    for (const sending of this.#underway) this.#tellLater(sending, sending.held ? UNSENT : outcome);
    this.#underway.clear();
  }

  /** Calls back, once, when every send has its outcome; at once if that is so already. */
  whenConfirmed(then: () => void): void {
    this.#whenConfirmed = then;
    this.#checkConfirmed();
  }

  runTurn(): void {
    const listeners = this.#listeners;
    const outcomes = this.#outcomes;
    this.#listeners = [];
    this.#outcomes = [];
    this.#waitsForTurn = false;
    for (let i = 0; i < listeners.length; i++) {
      try {
        listeners[i]?.onOutcome(outcomes[i] as SendOutcome);
      } catch (error) {
        this.#events.onThrown("onOutcome of a send", error);
      }
    }
    this.#checkConfirmed();
  }

  #hasRoom(parcel: Parcel): boolean {
    const { maxUnconfirmed, maxQueueBytes } = this.#broker.engine.settings;
    if (this.#listeners.length + this.#underway.size >= maxUnconfirmed) return false;
    return this.#underway.size === 0 || this.#underwayBytes + parcel.bytes <= maxQueueBytes;
  }

  #depart(sending: Sending): void {
    const { line } = this.#broker.engine;
    if (this.#underway.size === 0) this.#underwayBytes = 0;
    this.#underway.add(sending);
    this.#underwayBytes += sending.parcel.bytes;
    if (line === undefined) this.#arrive(sending);
    else line.post(() => this.#arrive(sending));
  }

  #arrive(sending: Sending): void {
    const { engine, addresses, blockedBy } = this.#broker;
    if (!this.#underway.has(sending)) return;
    sending.held = blockedBy !== undefined;
    if (sending.held) return;
    const outcome = addresses.route(sending.kind, sending.address, sending.parcel);
    if (engine.line === undefined) this.#confirm(sending, outcome);
    else engine.line.post(() => this.#confirm(sending, outcome));
  }

  #confirm(sending: Sending, outcome: SendOutcome): void {
    if (!this.#underway.delete(sending)) return;
    this.#underwayBytes -= sending.parcel.bytes;
    this.#tellLater(sending, outcome);
  }

  #tellLater(listener: SendListener, outcome: SendOutcome): void {
    this.#listeners.push(listener);
    this.#outcomes.push(outcome);
    if (this.#waitsForTurn) return;
    this.#waitsForTurn = true;
    this.#broker.engine.turns.add(this);
  }

  #checkConfirmed(): void {
    if (this.#listeners.length > 0 || this.#underway.size > 0) return;
    const then = this.#whenConfirmed;
    this.#whenConfirmed = undefined;
    then?.();
  }
}
