import { type ResponseEnvelope, readCallId } from "@porthos-rpc/protocol";

/** Outcomes that are kept for requests that come again; the oldest go first. */
const MAX_KEPT = 10_000;
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

type Listener = (response: ResponseEnvelope) => void;

/**
 * What becomes, or became, of the requests of late, by their ids: so that one that comes by two transports runs once.
 * Only ids that nobody else can have count: some peers use theirs again.
 */
export class Outcomes {
  /** Requests that run, and who else waits for what they come to. */
  readonly #pending = new Map<string, Listener[]>();
  /** The oldest first. */
  readonly #known = new Map<string, ResponseEnvelope>();
  #knownBytes = 0;

  /**
   * To be asked before a request runs. False: it is new, and whoever asked must run it and `settle` or `forget` it.
   * True: it is here already, and `listener` hears its outcome, possibly before this returns.
   */
  await(id: string | undefined, listener: Listener): boolean {
    if (id === undefined || readCallId(id) === undefined) return false;
    const known = this.#known.get(id);
    const listeners = this.#pending.get(id);
    if (known !== undefined) listener(known);
    else if (listeners !== undefined) listeners.push(listener);
    else this.#pending.set(id, []);
    return known !== undefined || listeners !== undefined;
  }

  /** The request was answered. */
  settle(id: string | undefined, response: ResponseEnvelope): void {
    const listeners = id === undefined ? undefined : this.#pending.get(id);
    if (id === undefined || listeners === undefined) return;
    this.#pending.delete(id);
    this.#known.set(id, response);
    this.#knownBytes += response.body.length;
    this.#evict();
    for (const listener of listeners) listener(response);
  }

  /** The request did not run after all: if it comes again, it may. */
  forget(id: string | undefined): void {
    if (id !== undefined) this.#pending.delete(id);
  }

  #evict(): void {
    for (const [id, { body }] of this.#known) {
      if (this.#known.size <= MAX_KEPT && this.#knownBytes <= MAX_KEPT_BYTES) return;
      this.#known.delete(id);
      this.#knownBytes -= body.length;
    }
  }
}
