import {
  type ClientCall,
  contextKey,
  type Extension,
  type ExtensionHost,
  Refusal,
  type RpcError,
  refusedHere,
  type ServerCall,
  Status,
  wrong,
} from "@porthos-rpc/protocol";
import type { Refused } from "./gate.js";
import { Limits } from "./limits.js";
import { type CheckedLimitOptions, checkLimitOptions, type LimitOptions } from "./options.js";
import type { Place } from "./place.js";

/** One limit acts around a call: there cannot be two of a name. */
const held = contextKey<Place>("limit");

/**
 * Bounds how many calls run at a time, and how many begin each second: of all, of single methods, and, on a server, of each caller. What is
 * beyond ends at once. A server answers it 429, `executed: "no"`, with `Retry-After`, so that its caller knows when to come back; a client throws
 * `Overloaded`, `executed: "no"`, with `details.retryAfterMs`. Nothing waits here.
 *
 * A server refuses no one-way request, since its caller would not learn of it; it counts. `adaptive` lets `concurrent` fall while requests wait too long in the
 * queue. A call has its place until it ends, for its caller or by its handler, whichever is first. `describe()` tells the settings, and how many
 * calls passed and were refused.
 *
 * One for each client or server: it holds their counts.
 * @throws {TypeError} for a wrong option, by name. The start of a server fails with one if `methods` names one that there
 * is not. The start of a client fails with one if `perCaller`, `by` or `adaptive` is given.
 */
export function limit(options: LimitOptions): Extension {
  const checked = checkLimitOptions(options);
  let host: ExtensionHost | undefined;
  let limits: Limits | undefined;

  const part = {
    start(started: ExtensionHost): void {
      checkStart(checked, started, host);
      host = started;
      limits = new Limits(checked, started.clock);
    },
    stop(): void {
      host = undefined;
    },
    describe: () => ({ ...settingsOf(checked), ...limits?.counts }),
  };

  return {
    name: "limit",
    apiVersion: 1,
    client: {
      ...part,
      observe: { settled: leave },
      wrap: {
        phase: "limit",
        run: (call, next) => {
          if (limits === undefined) return next(call);
          const comer = { method: call.method, caller: undefined, ageMs: undefined, passes: false };
          return limits.run(
            comer,
            (place) => next(holding(call, place)),
            (refused) => overloaded(call, refused),
          );
        },
      },
    },
    server: {
      ...part,
      observe: { stuck: leave, outgoing: leave },
      wrap: {
        phase: "limit",
        run: (call, next) => {
          if (limits === undefined || host === undefined) return next(call);
          const ageMs = checked.adaptive === undefined ? undefined : call.ageMs;
          const caller = callerOf(call, checked, host);
          const comer = { method: call.method, caller, ageMs, passes: call.kind === "void" };
          return limits.run(comer, (place) => next(holding(call, place)), refusal);
        },
      },
    },
  };
}

/** The same call, from which its place is known. */
function holding<Call extends object>(call: Call, place: Place): Call {
  held.set(call, place);
  return call;
}

/** Something further in may never end, although the call has. */
function leave({ call }: { readonly call: object }): void {
  held.of(call)?.leave();
}

/** Who calls, if somebody wants to know and it is known. */
function callerOf(
  call: ServerCall,
  { by, perCaller }: CheckedLimitOptions,
  host: ExtensionHost,
): string | undefined {
  if (perCaller === undefined) return undefined;
  if (by === undefined) return call.clientId;
  try {
    const caller: unknown = by(call);
    if (caller === undefined || typeof caller === "string") return caller;
    throw wrong("limit", "by", "a function that returns a text or undefined", caller);
  } catch (error) {
    host.report("by", error);
    return undefined;
  }
}

function refusal({ words, retryAfterMs }: Refused): Refusal {
  return new Refusal(Status.TooManyRequests, words, { retryAfterMs });
}

function overloaded({ service, method }: ClientCall, { words, retryAfterMs }: Refused): RpcError {
  return refusedHere("Overloaded", `${service}.${method}: not sent: ${words} in this client`, {
    details: { retryAfterMs },
  });
}

/** @throws {TypeError} if it has been started already, or not for the side that it is on */
function checkStart(
  checked: CheckedLimitOptions,
  host: ExtensionHost,
  before: ExtensionHost | undefined,
): void {
  if (before !== undefined)
    throw new TypeError(`limit: it is part of a ${before.side} already; make one for each client or server`);
  if (host.side === "client") checkForClient(checked);
  else checkMethods(checked, host);
}

/** A slip in a method's name would leave it without bounds. @throws {TypeError} */
function checkMethods({ methods }: CheckedLimitOptions, host: ExtensionHost): void {
  const names = [...host.methods.keys()];
  const pattern = methods.flatMap(({ scope }) => scope.without(names))[0];
  if (pattern === undefined) return;
  throw new TypeError(
    `limit: option "methods" has "${pattern}", and there is no such method; there are ${names.join(", ")}`,
  );
}

function checkForClient(checked: CheckedLimitOptions): void {
  const given = (["perCaller", "by", "adaptive"] as const).find((name) => checked[name] !== undefined);
  if (given !== undefined)
    throw new TypeError(`limit: option "${given}" is for servers; a client has one caller`);
}

function settingsOf({ all, methods, perCaller, maxCallers, adaptive }: CheckedLimitOptions): object {
  return {
    ...all,
    ...(methods.length > 0 && {
      methods: Object.fromEntries(methods.map(({ scope, bounds }) => [scope.patterns[0], bounds])),
    }),
    ...(perCaller && { perCaller, maxCallers }),
    ...(adaptive && { adaptive }),
  };
}
