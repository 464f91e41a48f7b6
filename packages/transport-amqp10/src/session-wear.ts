import type { Clock } from "@porthos-rpc/protocol";
import { LinkFault } from "./lane.js";

/**
 * So many transfers wear a session out: rhea numbers them and their deliveries without end, where AMQP 1.0 begins again at 2^32,
 * and the connection dies of the first number beyond that, with all that is under way on it.
 */
export const WORN_AT: number = 2 ** 31;
/** What is under way when it is worn out has so long to be settled. */
const SETTLE_MS = 5_000;

/** Sees to it that a lane whose session is worn out is replaced: when nothing is under way on it, or after a time. */
export class SessionWear {
  readonly #clock: Clock;
  readonly #wornAt: number;
  readonly #replace: (reason: LinkFault) => void;
  #isWorn = false;
  #stopTimer: (() => void) | undefined;

  /** @param replace called at most once */
  constructor(clock: Clock, wornAt: number, replace: (reason: LinkFault) => void) {
    this.#clock = clock;
    this.#wornAt = wornAt;
    this.#replace = replace;
  }

  /** Whether nothing more is to be begun on it. */
  get isWorn(): boolean {
    return this.#isWorn;
  }

  /** @param transfers that the session has carried so far */
  carried(transfers: number): void {
    if (transfers < this.#wornAt || this.#isWorn) return;
    this.#isWorn = true;
    this.#stopTimer = this.#clock.after(SETTLE_MS, () => this.#end());
  }

  /** @param underWay what is not settled */
  settled(underWay: number): void {
    if (this.#isWorn && underWay === 0) this.#end();
  }

  /** The lane has ended by itself. */
  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #end(): void {
    if (this.#stopTimer === undefined) return;
    this.stop();
    this.#replace(
      new LinkFault(undefined, `its session has carried ${this.#wornAt} transfers, and is replaced`),
    );
  }
}
