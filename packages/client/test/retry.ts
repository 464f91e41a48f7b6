import type { Extension } from "@porthos-rpc/protocol";

/** An extension that tries each call so often, whatever it ends with. */
export function retry(attempts: number): Extension {
  return {
    name: "retry",
    apiVersion: 1,
    client: {
      wrap: {
        phase: "retry",
        run: async (call, next) => {
          for (let attempt = 1; attempt < attempts; attempt++) {
            try {
              return await next(call);
            } catch {}
          }
          return next(call);
        },
      },
    },
  };
}
