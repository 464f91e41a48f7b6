import type { Events, ExtensionSet, ServerEvents } from "@porthos-rpc/protocol";

/** Tells those who listen what an extension threw; where nobody does, the console, so that no error goes unseen. */
export function reportThrown(
  extensions: ExtensionSet<"server">,
  events: Events<ServerEvents>,
  during: "wrap" | "wire",
  method: string | undefined,
  error: unknown,
): void {
  if (events.has("extensionError")) {
    extensions.reportThrown(during, method, error);
    return;
  }
  // The last resort for an error that nobody observes.
  console.error(`porthos: an extension failed (observe "extensionError" to handle this):`, error);
}
