import { RpcError } from "../errors.js";

/** For whatever was under way when the transport was closed. */
export function closedError(): RpcError {
  return new RpcError("Closed", "the transport was closed before this was finished", { executed: "maybe" });
}
