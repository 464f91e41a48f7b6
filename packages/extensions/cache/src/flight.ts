import type { ResponseEnvelope } from "@porthos-rpc/protocol";
import type { CachedCall } from "./cached-call.js";

/**
 * What a call that others have joined comes to. `gone`: its own caller waits no longer, so that another has to make it. `own`: the answer is its
 * caller's only, so that each of the others has to make his.
 */
export type Landing =
  | { readonly kind: "answer"; readonly response: ResponseEnvelope }
  | { readonly kind: "error"; readonly error: unknown }
  | { readonly kind: "gone" | "own" };

/** A call that is under way, and which the same calls wait for. */
export class Flight {
  /** That is made for all. */
  readonly call: CachedCall;
  /** Never rejects. */
  readonly landed: Promise<Landing>;
  #isJoined = false;
  #isOver = false;
  #land!: (landing: Landing) => void;

  constructor(call: CachedCall) {
    this.call = call;
    this.landed = new Promise((resolve) => {
      this.#land = resolve;
    });
  }

  get isJoined(): boolean {
    return this.#isJoined;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @returns whether it is the first that joins */
  join(): boolean {
    const isFirst = !this.#isJoined;
    this.#isJoined = true;
    return isFirst;
  }

  /** The first landing counts. */
  land(landing: Landing): void {
    this.#isOver = true;
    this.#land(landing);
  }
}
