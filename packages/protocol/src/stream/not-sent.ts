import { RpcError } from "../errors.js";
import type { SendOutcome } from "../transport.js";

/** Why items could not be sent. Whether the call ran is not for them to say. */
export function notSent(
  name: string,
  outcome: Exclude<SendOutcome, { readonly kind: "accepted" }>,
): RpcError {
  switch (outcome.kind) {
    case "unroutable":
      return new RpcError("Unavailable", `${name}: the reader of the stream is gone`);
    case "unsent":
      return new RpcError("Unavailable", `${name}: the connection was lost while items were sent`);
    case "refused":
    case "unknown": {
      const { code, message } = outcome.error;
      // What a broker says of a queue that is gone, as the reader's is with its connection, differs from broker to broker.
      const told = code === "TooLarge" ? code : "Unavailable";
      const init = { executed: "maybe", cause: outcome.error } as const;
      return new RpcError(told, `${name}: items could not be sent: ${message}`, init);
    }
  }
}
