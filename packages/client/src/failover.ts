import { type ClientCall, RpcError, type RpcErrorCode } from "@porthos-rpc/protocol";
import type { Route, Routes } from "./routes.js";

/** What one transport says of a call that another may carry all the same. */
const GOES_ON: ReadonlySet<RpcErrorCode> = new Set(["NoService", "Unavailable", "Config", "Closed"]);

/**
 * Makes a call over the preferred transport of those that can send, and over the next one when it certainly did not
 * run. While none can send it waits for whichever comes up first, or fails, as `whenDown` says.
 * @param attempt makes the call over one of them
 * @throws whatever the last attempt throws; when no transport carried it, the first refusal, with the others in its text
 */
export async function failover<T>(
  call: ClientCall,
  routes: Routes,
  whenDown: "wait" | "fail",
  attempt: (route: Route, whenDown: "wait" | "fail") => Promise<T>,
): Promise<T> {
  const refusals = new Map<Route, RpcError>();
  for (;;) {
    const chosen = routes.choose(refusals);
    if (chosen === undefined) throw notCarried(call, refusals);
    try {
      return await attempt(chosen.route, chosen.isUp ? "fail" : whenDown);
    } catch (error) {
      if (!mayGoOn(error) || routes.isLeft) throw error;
      // One that only waited may come up yet.
      if (error.code !== "Unavailable" || whenDown === "fail") refusals.set(chosen.route, error);
    }
  }
}

/** Whether the call did not run, and not because of what it is. */
function mayGoOn(error: unknown): error is RpcError {
  return error instanceof RpcError && error.executed === "no" && GOES_ON.has(error.code);
}

function notCarried({ service, method }: ClientCall, refusals: ReadonlyMap<Route, RpcError>): RpcError {
  const [first] = refusals.values();
  if (first === undefined) return new RpcError("Closed", `${service}.${method}: all transports are closed`);
  if (refusals.size === 1) return first;
  const each = Array.from(refusals, ([{ transport }, { message }]) => `${transport.name}: ${message}`);
  return new RpcError(first.code, `${service}.${method}: no transport carried it; ${each.join("; ")}`, {
    executed: "no",
    cause: first,
  });
}
