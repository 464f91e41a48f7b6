import type { ExtensionHost } from "@porthos-rpc/protocol";
import type { BoundedStore } from "./bounded-store.js";
import type { Claim, IdempotencyStore } from "./store.js";

interface Lease {
  readonly key: string;
  readonly claim: Claim;
}

interface Held {
  readonly signal: AbortSignal;
  sinceMs: number;
  /** When it was seen first that its handler had been told to end. */
  toldMs: number | undefined;
}

/** So many leases long one is renewed whose handler was told to end and does not. */
const LEASES_AFTER_END = 10;

/** The requests that run here: their leases are renewed before they are over, all by one timer. */
export class Leases {
  readonly #host: ExtensionHost;
  readonly #store: IdempotencyStore;
  readonly #bounded: BoundedStore;
  readonly #everyMs: number;
  readonly #held = new Map<Lease, Held>();
  #stopTimer: (() => void) | undefined;
  #isStopped = false;
  #lost = 0;

  constructor(host: ExtensionHost, store: IdempotencyStore, bounded: BoundedStore, lockMs: number) {
    this.#host = host;
    this.#store = store;
    this.#bounded = bounded;
    this.#everyMs = lockMs / 3;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Those that another process has taken, since they could not be renewed in time. */
  get lost(): number {
    return this.#lost;
  }

  /** @param signal tells its handler that nobody waits for it any more */
  add(lease: Lease, signal: AbortSignal): void {
    this.#held.set(lease, { signal, sinceMs: this.#host.clock.now(), toldMs: undefined });
    this.#plan();
  }

  delete(lease: Lease): void {
    this.#held.delete(lease);
  }

  /** Renews none any more: what still runs is another's when its lease is over. */
  stop(): void {
    this.#isStopped = true;
    this.#stopTimer?.();
    this.#held.clear();
  }

  /** Told by whoever finds that another process has one. */
  lose(): void {
    this.#lost++;
    this.#host.report("renew", new Error("a lease was lost while its request ran: it may run twice"));
  }

  /** Left running when the last one ends, so that not each call has to set it. */
  #plan(): void {
    if (this.#isStopped) return;
    this.#stopTimer ??= this.#host.clock.after(this.#everyMs, () => {
      this.#stopTimer = undefined;
      for (const [lease, held] of this.#held) void this.#renew(lease, held);
      if (this.#held.size > 0) this.#plan();
    });
  }

  async #renew(lease: Lease, held: Held): Promise<void> {
    const nowMs = this.#host.clock.now();
    if (nowMs - held.sinceMs < this.#everyMs) return;
    if (this.#isStuck(lease, held, nowMs)) return this.#leave(lease);
    const { key, claim } = lease;
    const renewed = await this.#bounded.ask("renew", undefined, () => this.#store.renew(key, claim));
    if (!this.#held.has(lease)) return;
    if (renewed === true) held.sinceMs = nowMs;
    if (renewed !== false) return;
    this.#held.delete(lease);
    this.lose();
  }

  /** The server has given it up, and its slot to others: without an end there would be ever more of them. */
  #isStuck({ claim }: Lease, held: Held, nowMs: number): boolean {
    if (!held.signal.aborted) return false;
    held.toldMs ??= nowMs;
    return nowMs - held.toldMs >= LEASES_AFTER_END * claim.lockMs;
  }

  #leave(lease: Lease): void {
    this.#held.delete(lease);
    const why =
      "a request runs long after it was told to end: its lease is renewed no more, it may run twice";
    this.#host.report("renew", new Error(why));
  }
}
