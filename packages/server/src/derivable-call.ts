import type { ServerCall } from "@porthos-rpc/protocol";
import { exchangeKey } from "./call-exchange.js";

/** A run as extensions get it, which may derive calls from it (`{ ...call }`): own properties, and nothing else. */
export function derivableCall(run: ServerCall): ServerCall {
  const { service, method, kind, request, id, clientId, ageMs, redelivered, deadlineMs } = run;
  const call = {
    service,
    method,
    kind,
    request,
    id,
    clientId,
    ageMs,
    redelivered,
    deadlineMs,
    get signal() {
      return run.signal;
    },
  };
  const exchange = exchangeKey.of(run);
  if (exchange !== undefined) exchangeKey.set(call, exchange);
  return call;
}
