import type { Clock } from "@porthos-rpc/protocol";
import { Fifo } from "./fifo.js";
import type { Parcel } from "./parcel.js";
import { Returned } from "./returned.js";

/** How often at most a full backlog is searched for expired messages: the search costs time by its length. */
const SWEEP_PAUSE_MS = 100;

interface BacklogLimits {
  readonly maxQueueLength: number;
  readonly maxQueueBytes: number;
}

/**
 * Messages that wait, in their order, bounded in number and bytes. Expired ones do not come out. They are dropped when
 * they reach the front, or when room is needed: by no timer, so that a message which waits keeps no process alive.
 */
export class Backlog {
  readonly #clock: Clock;
  readonly #limits: BacklogLimits;
  readonly #fresh = new Fifo<Parcel>();
  /** All of them were taken out once, so all have lower places than the fresh ones. */
  readonly #returned = new Returned();
  #bytes = 0;
  #nextPlace = 0;
  #nextSweepMs = 0;
  #expired = 0;

  constructor(clock: Clock, limits: BacklogLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** How many wait, some of which may have expired unnoticed. */
  get size(): number {
    return this.#fresh.size + this.#returned.size;
  }

  /** How many have expired here so far. */
  get expired(): number {
    return this.#expired;
  }

  /** Takes the parcel to the end; false if there is no room for it. */
  push(parcel: Parcel): boolean {
    if (!this.#hasRoom(parcel)) return false;
    parcel.place = this.#nextPlace++;
    this.#bytes += parcel.bytes;
    this.#fresh.push(parcel);
    return true;
  }

  /** Takes a parcel back to its place, room or not: it was accepted once. */
  putBack(parcel: Parcel): void {
    parcel.returns++;
    this.#bytes += parcel.bytes;
    this.#returned.push(parcel);
  }

  /** Takes out the first that has not expired. */
  shift(): Parcel | undefined {
    this.#dropExpiredFront();
    return this.#takeFront();
  }

  /** Drops all that have expired. */
  sweep(): void {
    const before = this.size;
    this.retain((parcel) => !parcel.hasExpired(this.#clock));
    this.#expired += before - this.size;
  }

  /** Drops those that `keep` says no to. */
  retain(keep: (parcel: Parcel) => boolean): void {
    const keepCounted = (parcel: Parcel): boolean => {
      if (keep(parcel)) return true;
      this.#bytes -= parcel.bytes;
      return false;
    };
    this.#returned.retain(keepCounted);
    this.#fresh.retain(keepCounted);
  }

  #hasRoom(parcel: Parcel): boolean {
    this.#dropExpiredFront();
    if (this.#fits(parcel)) return true;
    const now = this.#clock.now();
    if (now < this.#nextSweepMs) return false;
    this.#nextSweepMs = now + SWEEP_PAUSE_MS;
    this.sweep();
    return this.#fits(parcel);
  }

  #fits(parcel: Parcel): boolean {
    const { maxQueueLength, maxQueueBytes } = this.#limits;
    return this.size < maxQueueLength && this.#bytes + parcel.bytes <= maxQueueBytes;
  }

  #dropExpiredFront(): void {
    for (let front = this.#front(); front?.hasExpired(this.#clock); front = this.#front()) {
      this.#takeFront();
      this.#expired++;
    }
  }

  #front(): Parcel | undefined {
    return this.#returned.peek() ?? this.#fresh.peek();
  }

  #takeFront(): Parcel | undefined {
    const parcel = this.#returned.shift() ?? this.#fresh.shift();
    if (parcel !== undefined) this.#bytes -= parcel.bytes;
    return parcel;
  }
}
