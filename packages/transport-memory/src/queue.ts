import { ACCEPTED, type SendOutcome } from "@porthos-rpc/protocol";
import { Backlog } from "./backlog.js";
import type { Consumer } from "./consumer.js";
import type { Engine } from "./engine.js";
import { overloaded } from "./errors.js";
import { Fifo } from "./fifo.js";
import type { Parcel } from "./parcel.js";
import type { Task } from "./turns.js";

/** What there is to see of a queue. */
export interface QueueState {
  /** Those that wait, without expired ones. */
  readonly messages: number;
  /** Those that consumers hold. */
  readonly unsettled: number;
  readonly consumers: number;
  /** How many consumers have rejected so far; they are gone. */
  readonly rejected: number;
  /** How many have expired in it so far. */
  readonly expired: number;
}

/** Deliveries of one queue in one turn; the others, and the timers, want their time too. */
const MAX_DELIVERIES_A_TURN = 1_000;

/**
 * A queue: first in, first out, to competing consumers in turn. What is put in is delivered in a later turn of the
 * event loop.
 */
export class Queue implements Task {
  readonly #name: string;
  readonly #engine: Engine;
  readonly #backlog: Backlog;
  readonly #consumers = new Set<Consumer>();
  /** Those that can take more, in the order of their next turn. */
  readonly #line = new Fifo<Consumer>();
  #waitsForTurn = false;
  #deleted = false;
  #unsettled = 0;
  #rejected = 0;

  constructor(name: string, engine: Engine) {
    this.#name = name;
    this.#engine = engine;
    this.#backlog = new Backlog(engine.settings.clock, engine.settings);
  }

  get state(): QueueState {
    this.#backlog.sweep();
    return {
      messages: this.#backlog.size,
      unsettled: this.#unsettled,
      consumers: this.#consumers.size,
      rejected: this.#rejected,
      expired: this.#backlog.expired,
    };
  }

  put(parcel: Parcel): SendOutcome {
    if (!this.#backlog.push(parcel)) return overloaded(`the queue ${this.#name} is full`);
    this.#wake();
    return ACCEPTED;
  }

  join(consumer: Consumer): void {
    this.#consumers.add(consumer);
    this.#enterLine(consumer);
  }

  leave(consumer: Consumer): void {
    this.#consumers.delete(consumer);
    if (!consumer.inLine) return;
    consumer.inLine = false;
    this.#line.retain((other) => other !== consumer);
  }

  /** A consumer has settled a delivery: it may have room for another one. */
  settled(consumer: Consumer): void {
    this.#unsettled--;
    this.#enterLine(consumer);
  }

  rejected(consumer: Consumer): void {
    this.#rejected++;
    this.settled(consumer);
  }

  /** A consumer gives a parcel back: to its old place, as redelivered. */
  released(consumer: Consumer, parcel: Parcel): void {
    if (!this.#deleted) this.#backlog.putBack(parcel);
    this.settled(consumer);
    this.#wake();
  }

  /** Drops what would not outlast a restart of the broker. */
  keepDurable(): void {
    this.#backlog.retain((parcel) => parcel.message.durable);
  }

  /** It exists no more: what it held is gone, and its consumers are told. */
  delete(): void {
    this.#deleted = true;
    this.#backlog.retain(() => false);
    for (const consumer of [...this.#consumers]) consumer.queueDeleted();
  }

  runTurn(): void {
    const most = Math.min(this.#backlog.size, MAX_DELIVERIES_A_TURN);
    for (let left = most; left > 0 && this.#deliverNext(); left--);
    this.#waitsForTurn = false;
    this.#wake();
  }

  #deliverNext(): boolean {
    if (this.#line.size === 0) return false;
    const parcel = this.#backlog.shift();
    if (parcel === undefined) return false;
    const consumer = this.#line.shift() as Consumer;
    consumer.inLine = false;
    this.#unsettled++;
    const delivery = consumer.take(parcel);
    this.#enterLine(consumer);
    consumer.handOver(delivery);
    return true;
  }

  #enterLine(consumer: Consumer): void {
    if (consumer.inLine || !consumer.canTake) return;
    consumer.inLine = true;
    this.#line.push(consumer);
    this.#wake();
  }

  #wake(): void {
    if (this.#waitsForTurn || this.#backlog.size === 0 || this.#line.size === 0) return;
    this.#waitsForTurn = true;
    this.#engine.turns.add(this);
  }
}
