import { ambientTimeLeftMs, checkDuration, checkKnown, wrong } from "@porthos-rpc/protocol";

/** What may be said of one call. */
export interface CallOptions {
  /** How long it may take, queue time included. More than 0. @default the client's `timeoutMs` */
  readonly timeoutMs?: number;
  /**
   * When it must have ended at the latest, by this machine's clock. Calls that a handler makes end by the deadline of its
   * request anyway, where the host has AsyncLocalStorage; where it has not, hand on `request.deadline`. @default none
   */
  readonly deadline?: Date | undefined;
  /** Gives the call up when it is aborted: it ends with `Cancelled`, and the server that runs it is told. @default none */
  readonly signal?: AbortSignal | undefined;
}

const KNOWN: readonly (keyof CallOptions)[] = ["timeoutMs", "deadline", "signal"];

/** @throws {TypeError} that names the wrong option and says what was expected. */
export function checkCallOptions(where: string, options: CallOptions): CallOptions {
  checkKnown(where, options, KNOWN);
  const { timeoutMs, deadline, signal } = options;
  if (timeoutMs !== undefined) checkDuration(where, "timeoutMs", timeoutMs);
  if (deadline !== undefined) checkDeadline(where, deadline);
  if (signal !== undefined) checkSignal(where, signal);
  return options;
}

/** @throws {TypeError} */
export function checkDeadline(where: string, deadline: Date): Date {
  if (deadline instanceof Date && !Number.isNaN(deadline.getTime())) return deadline;
  throw wrong(where, "deadline", "a valid Date", deadline);
}

/** @throws {TypeError} */
export function checkSignal(where: string, signal: AbortSignal): AbortSignal {
  if (typeof signal?.addEventListener === "function" && typeof signal.aborted === "boolean") return signal;
  throw wrong(where, "signal", "an AbortSignal", signal);
}

/** How long a call may take, in milliseconds, by its own options; 0 or less if that is over. */
export function ownLimitMs({ timeoutMs, deadline }: CallOptions, defaultMs: number): number {
  const limitMs = timeoutMs ?? defaultMs;
  return deadline === undefined ? limitMs : Math.min(limitMs, deadline.getTime() - Date.now());
}

/** The same, and no longer than the request takes that it is part of. */
export function timeLimitMs(options: CallOptions, defaultMs: number): number {
  const ambientMs = ambientTimeLeftMs();
  const ownMs = ownLimitMs(options, defaultMs);
  return ambientMs === undefined ? ownMs : Math.min(ownMs, ambientMs);
}
