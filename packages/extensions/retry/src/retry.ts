import type { Extension } from "@porthos-rpc/protocol";
import { Attempts } from "./attempts.js";
import { checkRetryOptions, type RetryOptions } from "./options.js";

/**
 * Makes a call of the client again that failed for a reason that passes (`retryable`, or an answer 429, 503 or 504), if that is safe: when it did not
 * run (`executed: "no"`), or may run twice (`idempotent`). Never a stream; a one-way call only when it did not run.
 *
 * All attempts have the time of the one call: an attempt gets what is left, and where there is no time for another the call ends at once, as its
 * last attempt did. That a caller gives up, or closes the client, ends the wait between two. The retries of all calls share a budget, so that
 * they do not make an outage worse. `describe()` tells how many there were.
 *
 * One for each client: it holds the client's budget.
 * @throws {TypeError} for a wrong option, by name.
 */
export function retry(options: RetryOptions = {}): Extension {
  const checked = checkRetryOptions(options);
  let attempts: Attempts | undefined;
  let isRunning = false;

  return {
    name: "retry",
    apiVersion: 1,
    client: {
      start({ clock }) {
        if (isRunning) throw new TypeError("retry: it is part of a client already; make one for each client");
        isRunning = true;
        attempts = new Attempts(checked, clock);
      },
      wrap: {
        phase: "retry",
        run: (call, next) =>
          // Of half a stream there is no other half.
          attempts === undefined || call.kind === "stream" ? next(call) : attempts.make(call, next),
      },
      stop() {
        attempts?.close();
        isRunning = false;
      },
      describe() {
        const { random: _, attemptTimeoutMs, ...settings } = checked;
        const bounded = Number.isFinite(attemptTimeoutMs) ? { attemptTimeoutMs } : {};
        return { ...settings, ...bounded, ...attempts?.counts };
      },
    },
  };
}
