import { RpcError, type SendOutcome } from "@porthos-rpc/protocol";

/** The connection is gone, or there is none. */
export function unavailable(why: string): RpcError {
  return new RpcError("Unavailable", why);
}

/** For sends whose outcome the broker had not told when the connection went. */
export function unknown(reason: RpcError): SendOutcome {
  const message = `no word from the broker on the message: ${reason.message}`;
  return { kind: "unknown", error: new RpcError("Unavailable", message, { cause: reason }) };
}

export function refused(error: RpcError): SendOutcome {
  return { kind: "refused", error };
}

/** What was thrown while the message was taken over: an `RpcError`, or what the sender's own getters threw. */
export function refusedBy(error: unknown): SendOutcome {
  if (error instanceof RpcError) return refused(error);
  return refused(new RpcError("BadRequest", "the message cannot be copied", { cause: error }));
}

export function overloaded(what: string): SendOutcome {
  return refused(new RpcError("Overloaded", `${what}; send less, or raise the limit`));
}

/** @param address not shown: it may be a stranger's data */
export function badAddress(address: unknown): SendOutcome {
  const found =
    typeof address !== "string" ? typeof address : address === "" ? "an empty text" : "a longer one";
  return refused(new RpcError("BadRequest", `an address must be a text of 1 to 255 bytes, got ${found}`));
}

export function closed(): RpcError {
  return new RpcError("Closed", "transport memory is closed; make a new one");
}

/** What a user's callback threw. Config, since it fails until the program is changed. */
export function thrown(callback: string, error: unknown): RpcError {
  return new RpcError("Config", `${callback} has thrown, which it must not`, { cause: error });
}
