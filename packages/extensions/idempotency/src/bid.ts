import type { BoundedStore, FAILED } from "./bounded-store.js";
import type { Begun, Claim, IdempotencyStore } from "./store.js";

/**
 * One request's wish to run. The store may be asked several times for it, and may answer an earlier question when a later one has been sent, or
 * was granted: only when nobody asks any more, a claim that comes late is given back.
 */
export class Bid {
  readonly key: string;
  readonly claim: Claim;
  readonly #store: IdempotencyStore;
  readonly #bounded: BoundedStore;
  #isOver = false;
  /** Claimed for all that is known here, by an answer that nobody waited for. */
  #isClaimed = false;

  constructor(store: IdempotencyStore, bounded: BoundedStore, key: string, claim: Claim) {
    this.#store = store;
    this.#bounded = bounded;
    this.key = key;
    this.claim = claim;
  }

  begin(deadlineMs: number | undefined): Promise<Begun | typeof FAILED> {
    const late = ({ state }: Begun): void => {
      if (state !== "fresh") return;
      if (this.#isOver) void this.abandon(undefined);
      else this.#isClaimed = true;
    };
    return this.#bounded.ask("begin", deadlineMs, () => this.#store.begin(this.key, this.claim), late);
  }

  /** It does not run under its claim, and nobody asks for it any more. */
  giveUp(): void {
    this.#isOver = true;
    if (this.#isClaimed) void this.abandon(undefined);
  }

  /** It has run: whatever was asked for it says nothing new. */
  end(): void {
    this.#isOver = true;
  }

  async abandon(deadlineMs: number | undefined): Promise<void> {
    await this.#bounded.ask("abandon", deadlineMs, () => this.#store.abandon(this.key, this.claim));
  }
}
