import {
  type ClientCall,
  type Extension,
  type ExtensionHost,
  Refusal,
  RpcError,
  type ServerCall,
  Status,
} from "@porthos-rpc/protocol";
import type { Refused } from "./gate.js";
import { Limits } from "./limits.js";
import { type CheckedLimitOptions, checkLimitOptions, type LimitOptions } from "./options.js";

/**
 * Bounds how many calls run at a time, and how many begin each second: of all, of single methods, and, on a server, of each caller. What is
 * beyond ends at once. A server answers it 429, `executed: "no"`, with `Retry-After`, so that its caller knows when to come back; a client throws
 * `Overloaded`, `executed: "no"`, with `details.retryAfterMs`. Nothing waits here.
 *
 * A server refuses no one-way request, since its caller would not learn of it; it counts. `adaptive` lets `concurrent` fall while requests wait too long in the
 * queue. `describe()` tells the settings, and how many calls passed and were refused.
 *
 * One for each client or server: it holds their counts.
 * @throws {TypeError} for a wrong option, by name. The start of a client fails with one if `perCaller`, `by` or `adaptive` is given.
 */
export function limit(options: LimitOptions): Extension {
  const checked = checkLimitOptions(options);
  let host: ExtensionHost | undefined;
  let limits: Limits | undefined;

  const part = {
    start(started: ExtensionHost): void {
      if (host !== undefined)
        throw new TypeError(
          `limit: it is part of a ${host.side} already; make one for each client or server`,
        );
      if (started.side === "client") checkForClient(checked);
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
      wrap: {
        phase: "limit",
        run: (call, next) =>
          limits === undefined
            ? next(call)
            : limits.run(
                { method: call.method, caller: undefined, ageMs: undefined, passes: false },
                () => next(call),
                (refused) => overloaded(call, refused),
              ),
      },
    },
    server: {
      ...part,
      wrap: {
        phase: "limit",
        run: (call, next) => {
          if (limits === undefined || host === undefined) return next(call);
          const ageMs = checked.adaptive === undefined ? undefined : call.ageMs;
          const caller = callerOf(call, checked, host);
          const comer = { method: call.method, caller, ageMs, passes: call.kind === "void" };
          return limits.run(comer, () => next(call), refusal);
        },
      },
    },
  };
}

/** Who calls, if somebody wants to know. */
function callerOf(
  call: ServerCall,
  { by, perCaller }: CheckedLimitOptions,
  host: ExtensionHost,
): string | undefined {
  if (perCaller === undefined) return undefined;
  if (by === undefined) return call.clientId;
  try {
    return by(call);
  } catch (error) {
    host.report("by", error);
    return undefined;
  }
}

function refusal({ words, retryAfterMs }: Refused): Refusal {
  return new Refusal(Status.TooManyRequests, words, { retryAfterMs });
}

/** Its cause tells extensions further out that it was refused here, and not by the service. */
function overloaded({ service, method }: ClientCall, refused: Refused): RpcError {
  const { words, retryAfterMs } = refused;
  return new RpcError("Overloaded", `${service}.${method}: not sent: ${words} in this client`, {
    executed: "no",
    details: { retryAfterMs },
    cause: refusal(refused),
  });
}

function checkForClient(checked: CheckedLimitOptions): void {
  const given = (["perCaller", "by", "adaptive"] as const).find((name) => checked[name] !== undefined);
  if (given !== undefined)
    throw new TypeError(`limit: option "${given}" is for servers; a client has one caller`);
}

function settingsOf({ all, methods, perCaller, maxCallers, adaptive }: CheckedLimitOptions): object {
  return {
    ...all,
    ...(methods.size > 0 && { methods: Object.fromEntries(methods) }),
    ...(perCaller && { perCaller, maxCallers }),
    ...(adaptive && { adaptive }),
  };
}
