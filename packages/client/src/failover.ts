import { type ClientCall, RpcError } from "@porthos-rpc/protocol";
import type { Attempts } from "./attempts.js";
import type { Response } from "./response.js";
import type { Route, Routes } from "./routes.js";

/**
 * Makes a call over the preferred transport of those that can send, and over the next one when it certainly did not
 * run, or is idempotent. While none can send it waits for whichever comes up first, or fails, as `whenDown` says.
 * @throws whatever the last attempt throws; when no transport carried it, the first refusal, with the others in its text
 */
export async function failover(
  attempts: Attempts,
  routes: Routes,
  whenDown: "wait" | "fail",
): Promise<Response> {
  const refusals = new Map<Route, RpcError>();
  for (;;) {
    const chosen = routes.choose(refusals);
    if (chosen === undefined) throw notCarried(attempts.call, refusals);
    try {
      return await attempts.make(chosen.route, chosen.isUp ? "fail" : whenDown);
    } catch (error) {
      if (!attempts.mayGoOn(error) || routes.isLeft) throw error;
      // One that only waited may come up yet.
      const isFinal = error.code !== "Unavailable" || whenDown === "fail" || attempts.wasRefused;
      if (isFinal) refusals.set(chosen.route, error);
    }
  }
}

function notCarried({ service, method }: ClientCall, refusals: ReadonlyMap<Route, RpcError>): RpcError {
  const all = [...refusals.values()];
  const [first] = all;
  if (first === undefined) return new RpcError("Closed", `${service}.${method}: all transports are closed`);
  const executed = all.every((refusal) => refusal.executed === "no") ? "no" : "maybe";
  if (refusals.size === 1) return first;
  const each = Array.from(refusals, ([{ transport }, { message }]) => `${transport.name}: ${message}`);
  return new RpcError(first.code, `${service}.${method}: no transport carried it; ${each.join("; ")}`, {
    executed,
    cause: first,
  });
}
