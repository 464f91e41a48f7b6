import type { Clock } from "../clock.js";

/** Resolves when the work has settled either way, at the latest after `ms`. Never rejects, leaves no timer. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  let stopTimer: (() => void) | undefined;
  const timeout = new Promise<void>((resolve) => {
    stopTimer = clock.after(ms, resolve);
  });
  const settled = work.then(
    () => {},
    () => {},
  );
  await Promise.race([settled, timeout]);
  stopTimer?.();
}
