const EVENTS = ["uncaughtException", "unhandledRejection"] as const;

/**
 * Collects what would have ended the process while a case runs: an error that a transport lets escape from a callback
 * or a promise is the case's fault. Meanwhile the test runner's own handlers are out of the way, since they would
 * fail the whole run and say nothing of the case.
 */
export function watchUncaught(): { stop(): unknown[] } {
  const errors: unknown[] = [];
  const note = (error: unknown): void => void errors.push(error);
  const before = EVENTS.map((event) => process.listeners(event as "uncaughtException"));
  for (const event of EVENTS) process.removeAllListeners(event).on(event, note);
  return {
    stop() {
      for (const [index, event] of EVENTS.entries()) {
        process.removeListener(event, note);
        for (const listener of before[index] ?? []) process.on(event as "uncaughtException", listener);
      }
      return errors;
    },
  };
}
