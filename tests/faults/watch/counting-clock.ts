import { type Clock, systemClock } from "@porthos-rpc/protocol";

/** The system's clock, which knows how many of its timers are still set. */
export class CountingClock implements Clock {
  timers = 0;

  now(): number {
    return systemClock.now();
  }

  epochMs(): number {
    return systemClock.epochMs();
  }

  after(delayMs: number, callback: () => void): () => void {
    let isSet = true;
    const unset = (): void => {
      if (isSet) this.timers--;
      isSet = false;
    };
    this.timers++;
    const stop = systemClock.after(delayMs, () => {
      unset();
      callback();
    });
    return () => {
      unset();
      stop();
    };
  }

  later(callback: () => void): void {
    systemClock.later(callback);
  }
}
