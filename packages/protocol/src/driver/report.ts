import type { TransportEvents } from "../transport.js";

/** Where the parts of a transport tell what is not anybody's outcome. */
export interface Report {
  degraded(event: TransportEvents["degraded"]): void;
  quarantined(event: TransportEvents["quarantined"]): void;
  /** The code of a user (a handler, a listener) threw; it harmed nobody else. */
  userError(what: string, error: unknown): void;
}

/** Runs a user's code, whatever it does. False when it threw. */
export function guarded(report: Report, what: string, run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    report.userError(what, error);
    return false;
  }
}
