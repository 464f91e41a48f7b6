import {
  ambientTimeLeftMs,
  checkBoolean,
  checkDuration,
  checkInteger,
  checkKnown,
  MAX_DURATION_MS,
  MIN_ALIVE_MS,
  wrong,
} from "@porthos-rpc/protocol";

import { type CallHeaders, checkCallHeaders } from "./call-headers.js";

/** What may be said of one call. */
export interface CallOptions {
  /** How long it may take, queue time included. More than 0. @default the client's `timeoutMs` */
  readonly timeoutMs?: number | undefined;
  /**
   * When it must have ended at the latest, by this machine's clock. Calls that a handler makes end by the deadline of its
   * request anyway, where the host has AsyncLocalStorage; where it has not, hand on `request.deadline`. @default none
   */
  readonly deadline?: Date | undefined;
  /** Gives the call up when it is aborted: it ends with `Cancelled`, and the server that runs it is told. @default none */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether it may run more than once to the same effect. Then it is sent again, three times at most, when its connection is lost
   * and nobody can tell whether it arrived; other calls end at once with `executed: "maybe"`. @default what its contract says, or false
   */
  readonly idempotent?: boolean | undefined;
  /**
   * Asks the server that runs it for a sign of life at this interval, at least 250 ms. When three of them are missing the call fails
   * early with `Unavailable`, instead of at its deadline. For calls that take long. @default none
   */
  readonly aliveEveryMs?: number | undefined;
  /**
   * Beside the wire's own. The handler finds them in `headers`, and extensions may act by them. Texts are carried by every broker.
   * @default none
   */
  readonly headers?: CallHeaders | undefined;
  /** Hears each sign of life. The first one says that a server has begun to run the call. @default nobody */
  readonly onAlive?: (() => void) | undefined;
}

/** What may be said of one call that nobody answers. */
export type OneWayOptions = Pick<CallOptions, "timeoutMs" | "deadline" | "signal" | "idempotent" | "headers">;

/** What may be said of one stream. Its `timeoutMs` is for all of it. */
export interface StreamOptions extends Omit<CallOptions, "idempotent"> {
  /** How long all of it may take. More than 0. @default for ever; its service must begin it within the client's `timeoutMs` */
  readonly timeoutMs?: number | undefined;
  /** How long one item may take that the caller waits for once the service has begun, or the answer to an upload once all of it is sent. More than 0. @default the client's `timeoutMs` */
  readonly idleTimeoutMs?: number | undefined;
  /** The items that the service may send ahead of the reader: so many are held here at most. 1 to 65,535. @default 256 */
  readonly window?: number | undefined;
  /** How often both ends say that they live, at least 250 ms. The stream ends when three are missing. @default 5_000 */
  readonly aliveEveryMs?: number | undefined;
}

const KNOWN_OF_ALL = ["timeoutMs", "deadline", "signal", "headers"] as const;
const KNOWN_OF_LIVENESS = ["aliveEveryMs", "onAlive"] as const;
const KNOWN_OF_ONE_WAY: readonly (keyof OneWayOptions)[] = [...KNOWN_OF_ALL, "idempotent"];
const KNOWN: readonly (keyof CallOptions)[] = [...KNOWN_OF_ONE_WAY, ...KNOWN_OF_LIVENESS];
const KNOWN_OF_STREAMS: readonly (keyof StreamOptions)[] = [
  ...KNOWN_OF_ALL,
  ...KNOWN_OF_LIVENESS,
  "idleTimeoutMs",
  "window",
];

/** @throws {TypeError} that names the wrong option and says what was expected. */
export function checkCallOptions(where: string, options: CallOptions): CallOptions {
  checkKnown(where, options, KNOWN);
  checkValues(where, options);
  return options;
}

/** @throws {TypeError} that names the wrong option and says what was expected. */
export function checkOneWayOptions(where: string, options: OneWayOptions): OneWayOptions {
  checkKnown(where, options, KNOWN_OF_ONE_WAY);
  checkValues(where, options);
  return options;
}

/** @throws {TypeError} that names the wrong option and says what was expected. */
export function checkStreamOptions(where: string, options: StreamOptions): StreamOptions {
  checkKnown(where, options, KNOWN_OF_STREAMS);
  checkValues(where, options);
  if (options.idleTimeoutMs !== undefined) checkDuration(where, "idleTimeoutMs", options.idleTimeoutMs);
  checkInteger(where, "window", options.window, { min: 1, max: 65_535, fallback: 1 });
  return options;
}

function checkValues(where: string, options: CallOptions): void {
  const { timeoutMs, deadline, signal, idempotent, aliveEveryMs, onAlive, headers } = options;
  if (timeoutMs !== undefined) checkDuration(where, "timeoutMs", timeoutMs);
  if (deadline !== undefined) checkDeadline(where, deadline);
  if (signal !== undefined) checkSignal(where, signal);
  if (headers !== undefined) checkCallHeaders(where, headers);
  checkBoolean(where, "idempotent", idempotent, false);
  checkAlive(where, aliveEveryMs, onAlive);
}

/** @throws {TypeError} */
export function checkAlive(
  where: string,
  aliveEveryMs: number | undefined,
  onAlive: (() => void) | undefined,
): void {
  const bounds = { min: MIN_ALIVE_MS, max: MAX_DURATION_MS, fallback: MIN_ALIVE_MS };
  checkInteger(where, "aliveEveryMs", aliveEveryMs, bounds);
  if (onAlive !== undefined && typeof onAlive !== "function")
    throw wrong(where, "onAlive", "a function", onAlive);
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

/** How long all of a stream may take, in milliseconds, from all that bounds it; undefined: for ever. */
export function wholeLimitMs(options: StreamOptions): number | undefined {
  const limitMs = timeLimitMs(options, Number.POSITIVE_INFINITY);
  return limitMs === Number.POSITIVE_INFINITY ? undefined : limitMs;
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
