import type { Clock } from "./clock.js";

/** How late a deadline may be noticed, on top of the timer's own lateness; never early. */
const TICK_MS = 10;
/** One turn of the wheel is SLOTS * TICK_MS = 5.12 s; later deadlines stay in their slot for more turns. */
const SLOTS = 512;

/** Something with a deadline. Extend it: the links live in the entry, so adding and removing allocate nothing. */
export abstract class Timed {
  /** @internal */ dueMs = 0;
  /** @internal */ previous: Timed | undefined = undefined;
  /** @internal */ following: Timed | undefined = undefined;
  /** @internal */ slot = -1;

  /** Called once, at or after the deadline, unless it was removed before. Must not throw. */
  abstract onDeadline(): void;
}

/**
 * A hashed timer wheel: any number of deadlines on one timer. Adding and removing cost O(1) and set no timer unless
 * the new deadline is the next one. An empty wheel holds no timer, so it keeps no process alive.
 */
export class DeadlineWheel {
  readonly #clock: Clock;
  readonly #slots: (Timed | undefined)[] = new Array<Timed | undefined>(SLOTS).fill(undefined);
  #size = 0;
  /** The last tick whose slot has been emptied of what was due. */
  #visited: number;
  #wakeTick = Number.POSITIVE_INFINITY;
  #stopTimer: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#visited = Math.floor(clock.now() / TICK_MS);
  }

  get size(): number {
    return this.#size;
  }

  /** @param dueMs on the clock's scale; what is already due fires with the next tick, never at once. */
  add(entry: Timed, dueMs: number): void {
    const now = this.#clock.now();
    if (this.#size === 0) this.#visited = Math.floor(now / TICK_MS);
    entry.dueMs = dueMs;
    const tick = Math.max(Math.ceil(dueMs / TICK_MS), this.#visited + 1);
    this.#link(entry, tick % SLOTS);
    const wakeTick = Math.min(tick, this.#visited + SLOTS);
    if (wakeTick < this.#wakeTick) this.#schedule(wakeTick, now);
  }

  /** Forgets an entry. One that is not in the wheel is left alone. */
  remove(entry: Timed): void {
    if (entry.slot < 0) return;
    this.#unlink(entry);
    if (this.#size === 0) this.#cancelTimer();
  }

  #link(entry: Timed, slot: number): void {
    const head = this.#slots[slot];
    entry.slot = slot;
    entry.previous = undefined;
    entry.following = head;
    if (head !== undefined) head.previous = entry;
    this.#slots[slot] = entry;
    this.#size++;
  }

  #unlink(entry: Timed): void {
    if (entry.previous === undefined) this.#slots[entry.slot] = entry.following;
    else entry.previous.following = entry.following;
    if (entry.following !== undefined) entry.following.previous = entry.previous;
    entry.slot = -1;
    entry.previous = undefined;
    entry.following = undefined;
    this.#size--;
  }

  #schedule(wakeTick: number, now: number): void {
    this.#stopTimer?.();
    this.#wakeTick = wakeTick;
    this.#stopTimer = this.#clock.after(Math.max(0, wakeTick * TICK_MS - now), () => this.#wake());
  }

  #cancelTimer(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    this.#wakeTick = Number.POSITIVE_INFINITY;
  }

  #wake(): void {
    this.#cancelTimer();
    const now = this.#clock.now();
    const last = Math.floor(now / TICK_MS);
    // After a long block of the event loop each slot needs one visit at most.
    const from = Math.max(this.#visited + 1, last - SLOTS + 1);
    this.#visited = Math.max(last, this.#visited);
    for (let tick = from; tick <= last; tick++) this.#fire(tick % SLOTS, now);
    if (this.#size === 0) return;
    // A listener may have added an entry, and with it a timer, but one that others cannot wait for.
    const next = this.#nextTick();
    if (next < this.#wakeTick) this.#schedule(next, now);
  }

  /** Takes the due ones out first: a listener may add and remove entries of the same slot. */
  #fire(slot: number, now: number): void {
    const due: Timed[] = [];
    for (let entry = this.#slots[slot]; entry !== undefined; entry = entry.following) {
      if (entry.dueMs <= now) due.push(entry);
    }
    for (const entry of due) {
      // A listener before it may have removed it, or moved its deadline.
      if (entry.slot < 0 || entry.dueMs > now) continue;
      this.#unlink(entry);
      entry.onDeadline();
    }
  }

  /** The next tick with anything in its slot; at the latest in one turn. */
  #nextTick(): number {
    const start = this.#visited + 1;
    for (let tick = start; tick < start + SLOTS; tick++) {
      if (this.#slots[tick % SLOTS] !== undefined) return tick;
    }
    return start + SLOTS;
  }
}
