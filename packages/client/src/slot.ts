import type { Response } from "./response.js";

/** A call under way whose response somebody will want later. Leaving it by `await using` cancels it if need be. */
export class Slot implements AsyncDisposable {
  /** The call's response, whatever its status; rejects with an `RpcError` when there is none. */
  readonly response: Promise<Response>;
  readonly #cancel: () => void;

  constructor(response: Promise<Response>, cancel: () => void) {
    this.response = response;
    this.#cancel = cancel;
    // A slot may be left without a look at its response: that is no unhandled rejection.
    response.catch(() => {});
  }

  /** Gives up: `response` rejects with `Cancelled`, and a reply that comes all the same is dropped. Idempotent. */
  cancel(): void {
    this.#cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel();
  }
}
