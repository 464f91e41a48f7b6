import type { ExtensionHost } from "@porthos-rpc/protocol";
import type { BoundedStore } from "./bounded-store.js";
import type { Claim, IdempotencyStore } from "./store.js";

interface Held {
  readonly key: string;
  sinceMs: number;
}

/** The requests that run here: their leases are renewed before they are over, all by one timer. */
export class Leases {
  readonly #host: ExtensionHost;
  readonly #store: IdempotencyStore;
  readonly #bounded: BoundedStore;
  readonly #everyMs: number;
  readonly #held = new Map<Claim, Held>();
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

  add(key: string, claim: Claim): void {
    this.#held.set(claim, { key, sinceMs: this.#host.clock.now() });
    this.#plan();
  }

  delete(claim: Claim): void {
    this.#held.delete(claim);
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
      for (const [claim, held] of this.#held) void this.#renew(claim, held);
      if (this.#held.size > 0) this.#plan();
    });
  }

  async #renew(claim: Claim, held: Held): Promise<void> {
    const nowMs = this.#host.clock.now();
    if (nowMs - held.sinceMs < this.#everyMs) return;
    const renewed = await this.#bounded.ask("renew", undefined, () => this.#store.renew(held.key, claim));
    if (!this.#held.has(claim)) return;
    if (renewed === true) held.sinceMs = nowMs;
    if (renewed !== false) return;
    this.#held.delete(claim);
    this.lose();
  }
}
