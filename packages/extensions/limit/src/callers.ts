import { Gate } from "./gate.js";
import type { CheckedBounds } from "./options.js";

/** So many of the oldest are looked at for one of whom nothing runs. */
const LOOKS = 8;

/**
 * A gate for each caller: for as many as there is room for, those who called last. Those of whom it is not known who they are share one: nobody shall have
 * more by not being known.
 */
export class Callers {
  readonly #bounds: CheckedBounds;
  readonly #most: number;
  /** In the order in which they called last. */
  readonly #gates = new Map<string, Gate>();
  #unknown: Gate | undefined;

  constructor(bounds: CheckedBounds, most: number) {
    this.#bounds = bounds;
    this.#most = most;
  }

  get size(): number {
    return this.#gates.size;
  }

  of(caller: string | undefined, nowMs: number): Gate {
    if (caller === undefined) {
      this.#unknown ??= new Gate("of all callers who are not known", this.#bounds, nowMs);
      return this.#unknown;
    }
    const known = this.#gates.get(caller);
    const gate = known ?? new Gate("of each caller", this.#bounds, nowMs);
    if (known !== undefined) this.#gates.delete(caller);
    else if (this.#gates.size >= this.#most) this.#forgetOne();
    this.#gates.set(caller, gate);
    return gate;
  }

  /** The one who has not called for longest, and of whom nothing runs if there is such a one among the next. */
  #forgetOne(): void {
    let oldest: string | undefined;
    let looks = 0;
    for (const [caller, { running }] of this.#gates) {
      oldest ??= caller;
      if (running === 0) {
        oldest = caller;
        break;
      }
      if (++looks >= LOOKS) break;
    }
    if (oldest !== undefined) this.#gates.delete(oldest);
  }
}
