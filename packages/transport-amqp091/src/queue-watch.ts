import type { Clock } from "@porthos-rpc/protocol";
import type { ReceiveLane } from "./lane.js";

/** For how long a consumer may be deaf without knowing. Each look costs the broker a lookup. */
const INTERVAL_MS = 5_000;

/**
 * Looks from time to time whether a consumer's queue is still there, where the broker does not tell. Of several
 * consumers of one queue the first to look declares it again; the others then find it, and stay on the deleted one.
 */
export class QueueWatch {
  readonly #clock: Clock;
  #lane: ReceiveLane | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(lane: ReceiveLane): void {
    this.#lane = lane;
    if (lane.probe !== undefined) this.#lookLater(lane, lane.probe);
  }

  stop(): void {
    this.#lane = undefined;
    this.#stopTimer?.();
  }

  #lookLater(lane: ReceiveLane, probe: () => Promise<void>): void {
    this.#stopTimer = this.#clock.after(INTERVAL_MS, () => void this.#look(lane, probe));
  }

  async #look(lane: ReceiveLane, probe: () => Promise<void>): Promise<void> {
    await probe();
    if (this.#lane === lane) this.#lookLater(lane, probe);
  }
}
