import { type Clock, checkInteger, checkKnown, systemClock, wrong } from "@porthos-rpc/protocol";
import type { Begun, Claim, IdempotencyStore } from "./store.js";

export interface MemoryStoreOptions {
  /** Answers that are kept at most; then the oldest go. 1 to 10,000,000. @default 10_000 */
  readonly maxEntries?: number;
  /** Of keys and answers together, in bytes; then the oldest go. 1,024 to 2^40. @default 67_108_864 (64 MiB) */
  readonly maxBytes?: number;
  /** Where time comes from. @default the system's */
  readonly clock?: Clock;
}

interface Entry {
  readonly token: string;
  readonly fingerprint: string;
  readonly answer: Uint8Array | undefined;
  /** On the clock's scale: of the lease, or of the answer. */
  readonly endsMs: number;
  readonly bytes: number;
}

/**
 * A store inside the process: for the servers of one process, and for tests. It survives no restart. A request that runs is never dropped for want of
 * room: there are as many of them as the servers' `maxInFlight`, and those whose handlers run on after they were told to end, for up to eleven times
 * `lockMs`.
 * @throws {TypeError} for a wrong option, by name.
 */
export function memoryStore(options: MemoryStoreOptions = {}): IdempotencyStore {
  checkKnown("memoryStore", options, ["maxEntries", "maxBytes", "clock"]);
  const { clock = systemClock } = options;
  if (typeof clock?.now !== "function") throw wrong("memoryStore", "clock", "a clock", clock);
  const limits = { min: 1, max: 10_000_000, fallback: 10_000 };
  const maxEntries = checkInteger("memoryStore", "maxEntries", options.maxEntries, limits);
  const bytes = { min: 1_024, max: 2 ** 40, fallback: 64 * 1024 * 1024 };
  return new MemoryStore(clock, maxEntries, checkInteger("memoryStore", "maxBytes", options.maxBytes, bytes));
}

class MemoryStore implements IdempotencyStore {
  readonly #clock: Clock;
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  /** Those that were answered longest ago first, as far as they were answered. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  #dropped = 0;

  constructor(clock: Clock, maxEntries: number, maxBytes: number) {
    this.#clock = clock;
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  begin(key: string, claim: Claim): Begun {
    const known = this.#live(key);
    if (known === undefined || (known.answer === undefined && known.token === claim.token)) {
      this.#hold(key, claim);
      return { state: "fresh" };
    }
    const { fingerprint, answer } = known;
    return answer === undefined ? { state: "pending", fingerprint } : { state: "done", fingerprint, answer };
  }

  renew(key: string, claim: Claim): boolean {
    const isFree = this.#isFreeFor(key, claim);
    if (isFree) this.#hold(key, claim);
    return isFree;
  }

  complete(key: string, claim: Claim, answer: Uint8Array, keepMs: number): boolean {
    if (!this.#isFreeFor(key, claim)) return false;
    this.#set(key, claim, answer, keepMs);
    this.#makeRoom();
    return true;
  }

  abandon(key: string, claim: Claim): void {
    if (this.#isFreeFor(key, claim)) this.#delete(key);
  }

  describe(): unknown {
    return {
      kind: "memory",
      maxEntries: this.#maxEntries,
      maxBytes: this.#maxBytes,
      entries: this.#entries.size,
      bytes: this.#bytes,
      dropped: this.#dropped,
    };
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.endsMs > this.#clock.now()) return entry;
    this.#delete(key);
    return undefined;
  }

  /** A lease that is over and that nobody has taken is still its holder's. */
  #isFreeFor(key: string, claim: Claim): boolean {
    const known = this.#live(key);
    return known === undefined || (known.answer === undefined && known.token === claim.token);
  }

  #hold(key: string, claim: Claim): void {
    this.#set(key, claim, undefined, claim.lockMs);
  }

  #set(key: string, { token, fingerprint }: Claim, answer: Uint8Array | undefined, forMs: number): void {
    this.#delete(key);
    const bytes = key.length + fingerprint.length + (answer?.length ?? 0);
    this.#entries.set(key, { token, fingerprint, answer, endsMs: this.#clock.now() + forMs, bytes });
    this.#bytes += bytes;
  }

  #delete(key: string): void {
    this.#bytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }

  #makeRoom(): void {
    const nowMs = this.#clock.now();
    for (const [key, { answer, endsMs }] of this.#entries) {
      const isFull = this.#entries.size > this.#maxEntries || this.#bytes > this.#maxBytes;
      const isOver = endsMs <= nowMs;
      if (!isFull && !isOver) return;
      if (answer === undefined && !isOver) continue;
      this.#delete(key);
      if (!isOver) this.#dropped++;
    }
  }
}
