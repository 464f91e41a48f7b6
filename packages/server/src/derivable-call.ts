import { type ContextKey, contextKey, type ServerCall, shareContext } from "@porthos-rpc/protocol";

/** The run that a derived call is of. */
export interface Runnable {
  /** The handler is about to run. False: its call has ended meanwhile, and nobody waits. */
  beginHandler(): boolean;
}

/** A derived call carries it. */
export const runKey: ContextKey<Runnable> = contextKey("run");

/** A run as extensions get it, which may derive calls from it (`{ ...call }`): own properties, and nothing else. */
export function derivableCall(run: ServerCall & Runnable): ServerCall {
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
  // So that observers, who hear of the run, find what extensions have set.
  shareContext(run, call);
  runKey.set(call, run);
  return call;
}
