import type { Clock } from "@porthos-rpc/protocol";

/** So often in a heartbeat. */
const LOOKS = 16;

/**
 * Tells of a line that has brought nothing for two heartbeats, at most a sixteenth of one later. amqplib looks once a heartbeat, and so needs up to three.
 * Looks are counted, and not the time: when a process was stopped, or busy, there may be bytes that it has not read yet.
 */
export class SilenceWatch {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #bytesRead: () => number;
  readonly #onSilent: () => void;
  #read: number;
  #silentLooks = 0;
  #stopTimer: () => void;

  constructor(clock: Clock, heartbeatMs: number, bytesRead: () => number, onSilent: () => void) {
    this.#clock = clock;
    this.#intervalMs = heartbeatMs / LOOKS;
    this.#bytesRead = bytesRead;
    this.#onSilent = onSilent;
    this.#read = bytesRead();
    this.#stopTimer = clock.after(this.#intervalMs, this.#look);
  }

  stop(): void {
    this.#stopTimer();
  }

  readonly #look = (): void => {
    const read = this.#bytesRead();
    this.#silentLooks = read === this.#read ? this.#silentLooks + 1 : 0;
    this.#read = read;
    if (this.#silentLooks > 2 * LOOKS) this.#onSilent();
    else this.#stopTimer = this.#clock.after(this.#intervalMs, this.#look);
  };
}
