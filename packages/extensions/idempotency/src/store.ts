import type { MaybePromise } from "@porthos-rpc/protocol";

/** Who runs a request, and for how long nobody else does. */
export interface Claim {
  /** Of this run and no other. */
  readonly token: string;
  /** The lease, in milliseconds: when it is over, the next to ask runs the request. */
  readonly lockMs: number;
  /** Tells two requests with the same key apart: at most 64 characters. Empty where a key cannot be used for two. */
  readonly fingerprint: string;
}

/** What a store knows of a request. */
export type Begun =
  /** Nobody has it, and now the claim does. */
  | { readonly state: "fresh" }
  /** Another claim holds it. */
  | { readonly state: "pending"; readonly fingerprint: string }
  /** It ran, and was answered so. */
  | { readonly state: "done"; readonly fingerprint: string; readonly answer: Uint8Array };

/**
 * Where it is kept which requests run, and how they were answered. Each method is one atomic step, for all processes that share the store.
 * A call never waits for one longer than `storeTimeoutMs`, and what one throws or rejects with is taken for a store that is away.
 */
export interface IdempotencyStore {
  /** Claims a request, unless it runs or has run. Asked twice for the same token, it is `fresh` both times. */
  begin(key: string, claim: Claim): MaybePromise<Begun>;
  /** Holds it for another `lockMs` from now. False if it is another's by now, or answered. */
  renew(key: string, claim: Claim): MaybePromise<boolean>;
  /**
   * Keeps the answer for so long, in milliseconds. False, and nothing is kept, if the request is another's by now, or answered.
   * @param answer opaque; the store may keep the array itself
   */
  complete(key: string, claim: Claim, answer: Uint8Array, keepMs: number): MaybePromise<boolean>;
  /** Gives the request up: the next to ask runs it. Does nothing if it is another's by now, or answered. */
  abandon(key: string, claim: Claim): MaybePromise<void>;
  /** What it is set to and how it does: JSON without secrets. */
  describe?(): unknown;
}
