import type { ServerCall } from "@porthos-rpc/protocol";
import { attachExchange, exchangeOf } from "./call-exchange.js";

/** A run as extensions get it, which may derive calls from it (`{ ...call }`): own properties, and nothing else. */
export function derivableCall(run: ServerCall): ServerCall {
  const { service, method, kind, request, redelivered, deadlineMs } = run;
  const call = {
    service,
    method,
    kind,
    request,
    redelivered,
    deadlineMs,
    get signal() {
      return run.signal;
    },
  };
  const exchange = exchangeOf(run);
  if (exchange !== undefined) attachExchange(call, exchange);
  return call;
}
