import type { Extension, Headers } from "@porthos-rpc/protocol";

/** Adds headers to every request, which the builder cannot. */
export function sendingHeaders(headers: Headers): Extension {
  return {
    name: "headers",
    apiVersion: 1,
    client: {
      wrap: { phase: "user", run: (call, next) => next({ ...call, request: { ...call.request, headers } }) },
    },
  };
}
