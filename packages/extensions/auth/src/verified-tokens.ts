import { hash } from "node:crypto";
import type { Caller } from "./caller.js";

interface Verified {
  readonly caller: Caller;
  readonly untilMs: number;
}

/**
 * The callers of tokens that were verified, until these expire: the least recently used go first. Found by the tokens' hashes, so that no
 * token stays in memory.
 */
export class VerifiedTokens {
  readonly #max: number;
  readonly #kept = new Map<string, Verified>();
  #generation = 0;

  /** @param max how many are kept; 0: none */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Another one after each `clear`. */
  get generation(): number {
    return this.#generation;
  }

  keyOf(token: string): string {
    return hash("sha256", token, "base64");
  }

  /** @param nowMs since 1970 */
  get(key: string, nowMs: number): Caller | undefined {
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#kept.delete(key);
    if (found.untilMs <= nowMs) return undefined;
    this.#kept.set(key, found);
    return found.caller;
  }

  /** @param generation that of when the verification began: what began before the last `clear` is not kept */
  keep(key: string, caller: Caller, untilMs: number, generation: number): void {
    if (this.#max === 0 || generation !== this.#generation) return;
    this.#kept.delete(key);
    if (this.#kept.size >= this.#max) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    }
    this.#kept.set(key, { caller, untilMs });
  }

  clear(): void {
    this.#generation++;
    this.#kept.clear();
  }
}
