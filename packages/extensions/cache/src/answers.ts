import type { Clock, ResponseEnvelope } from "@porthos-rpc/protocol";
import { LRUCache } from "lru-cache";
import { bytesOf } from "./answer-copy.js";

export interface AnswersSettings {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** Of what an entry needs beside its key and its answer. */
const ENTRY_BYTES = 200;
/** Of a character of a key, at most. */
const CHARACTER_BYTES = 2;

/** The answers that are kept: those that were asked for longest ago go first. They are nobody else's, and handed out as copies only. */
export class Answers {
  readonly #kept: LRUCache<string, ResponseEnvelope>;

  constructor(clock: Clock, { maxEntries, maxBytes }: AnswersSettings) {
    this.#kept = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      // The library takes 0 for no time at all.
      perf: { now: () => clock.now() + 1 },
      // Or it would set a timer, to ask the clock less often.
      ttlResolution: 0,
    });
  }

  get entries(): number {
    return this.#kept.size;
  }

  get bytes(): number {
    return this.#kept.calculatedSize;
  }

  get(key: string): ResponseEnvelope | undefined {
    return this.#kept.get(key);
  }

  /** One that is larger than all that may be kept is not, and whatever was kept under its key is dropped. */
  set(key: string, answer: ResponseEnvelope, ttlMs: number): void {
    const size = ENTRY_BYTES + CHARACTER_BYTES * key.length + bytesOf(answer);
    this.#kept.set(key, answer, { ttl: ttlMs, size });
  }

  clear(): void {
    this.#kept.clear();
  }
}
