import type { Events, ServerCall, ServerEvents } from "@porthos-rpc/protocol";

/** Tells those who listen what a handler threw; where nobody does, the console, so that no error goes unseen. */
export function reportHandlerError(events: Events<ServerEvents>, call: ServerCall, error: unknown): void {
  if (events.has("handlerError")) {
    events.emit("handlerError", { call, error });
    return;
  }
  // The last resort for an error that nobody observes.
  console.error(
    `porthos: the handler of ${call.service}.${call.method} failed (observe "handlerError" to handle this):`,
    error,
  );
}
