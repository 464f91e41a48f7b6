import { CallIds, readCallId } from "./call-id.js";
import type { Clock } from "./clock.js";
import { DeadlineWheel, Timed } from "./deadline-wheel.js";
import { RecentIds } from "./recent-ids.js";

/** Why a reply was not delivered to a call. */
export type StrayReply =
  /** Its call ended without it: timed out, cancelled, or failed. */
  | "late"
  /** Its call was answered already, or it names a call's caller and number without the rest of its id. */
  | "duplicate"
  /** No call of this table ever had that id, or the reply had none. */
  | "unmatched";

/** A call that waits for its reply. Extend it with whatever the answer is handed to. */
export abstract class PendingCall extends Timed {
  /** The correlation id; empty until the call is in a table, unless it goes on with that of an attempt before. */
  id = "";
  /** On the clock's scale. */
  deadlineMs = 0;
}

/**
 * The calls of one inbox that wait for their replies, by correlation id. A call leaves the table exactly once, with
 * its reply (`take`), by its deadline, or because somebody gives up on it (`drop`); whoever gets it from the table
 * settles it. What else arrives is classified, never delivered.
 */
export class PendingCalls<C extends PendingCall> {
  readonly #clock: Clock;
  readonly #wheel: DeadlineWheel;
  readonly #calls = new Map<string, C>();
  readonly #ids = new CallIds();
  readonly #given = new RecentIds();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wheel = new DeadlineWheel(clock);
  }

  get size(): number {
    return this.#calls.size;
  }

  /**
   * Gives the call an id that nobody can guess and no other table uses, unless it has one, and its deadline, at which its `onDeadline` is
   * called, to `drop` it and end it. The id says the deadline too.
   * @param timeoutMs more than 0
   */
  add(call: C, timeoutMs: number): void {
    if (call.id === "") call.id = this.#ids.make(this.#clock.epochMs() + timeoutMs);
    call.deadlineMs = this.#clock.now() + timeoutMs;
    this.#calls.set(call.id, call);
    this.#wheel.add(call, call.deadlineMs);
  }

  /** Keeps a call whose deadline has passed for a little longer: its `onDeadline` is called once more. */
  linger(call: C, ms: number): void {
    this.#wheel.add(call, this.#clock.now() + ms);
  }

  /** Moves a call's deadline. @param dueMs on the clock's scale; undefined: it has none any more */
  extend(call: C, dueMs: number | undefined): void {
    if (!this.has(call)) return;
    this.#wheel.remove(call);
    call.deadlineMs = dueMs ?? Number.POSITIVE_INFINITY;
    if (dueMs !== undefined) this.#wheel.add(call, dueMs);
  }

  /** The call of that id, which goes on waiting. */
  get(id: string | undefined): C | undefined {
    return id === undefined ? undefined : this.#calls.get(id);
  }

  /** Whether the call is still waiting: neither answered nor given up. */
  has(call: C): boolean {
    // Another may have gone on with its id.
    return this.#calls.get(call.id) === call;
  }

  /** Takes out the call that a reply belongs to; undefined for a stray reply (see `classify`). */
  take(id: string | undefined): C | undefined {
    if (id === undefined) return undefined;
    const call = this.#calls.get(id);
    if (call === undefined) return undefined;
    this.#calls.delete(id);
    this.#wheel.remove(call);
    return call;
  }

  /**
   * Takes out a call that ends without its reply. False if it has left already: then somebody else settles it.
   */
  drop(call: C): boolean {
    if (!this.has(call)) return false;
    this.#calls.delete(call.id);
    this.#wheel.remove(call);
    this.#given.add(call.id);
    return true;
  }

  /** What a reply is that `take` found no call for. */
  classify(id: string | undefined): StrayReply {
    if (id === undefined) return "unmatched";
    // Also one that another table gave.
    if (this.#given.has(id)) return "late";
    const read = readCallId(id);
    // Answered ones need no memory: ids count up. So one that somebody made up of another call's is a duplicate too, of none.
    return read !== undefined && this.#ids.hasMade(read) ? "duplicate" : "unmatched";
  }

  /** The calls that are pending now; changes to the table do not disturb the iteration's start. */
  snapshot(): C[] {
    return [...this.#calls.values()];
  }
}
