import { RpcError } from "@porthos-rpc/protocol";
import { tlsFailure } from "@porthos-rpc/protocol/driver";
import { ErrorReply } from "redis";

/** Redis will not do what we ask for on this connection, but it may on the next. */
export function isUnfit(cause: unknown): boolean {
  return cause instanceof ErrorReply && /^(LOADING|MASTERDOWN|NOSCRIPT|READONLY)/.test(cause.message);
}

/** Why a connection could not be made. @param label the host and port, never the URL, which holds a password */
export function connectError(cause: unknown, label: string): RpcError {
  const text = textOf(cause);
  const isConfig = /^(WRONGPASS|NOAUTH|NOPERM|NOPROTO|ERR (AUTH|DB index|invalid DB|value is not))/.test(
    text,
  );
  const message = `cannot use the Redis at ${label}: ${text}`;
  const init = { executed: "no", cause } as const;
  return tlsFailure(label, cause) ?? new RpcError(isConfig ? "Config" : "Unavailable", message, init);
}

/** Why something failed on a connection that was up: if Redis answered it was not done, else nobody knows. */
export function operationError(subject: string, cause: unknown): RpcError {
  if (cause instanceof RpcError) return cause;
  const message = `${subject}: ${textOf(cause)}`;
  if (!(cause instanceof ErrorReply))
    return new RpcError("Unavailable", message, { executed: "maybe", cause });
  if (/^OOM/.test(cause.message)) return new RpcError("Overloaded", message, { cause });
  const isConfig = /^(WRONGTYPE|NOPERM)/.test(cause.message);
  return new RpcError(isConfig ? "Config" : "Unavailable", message, { executed: "no", cause });
}

function textOf(cause: unknown): string {
  // Node tries every address of a name, and says nothing itself when all fail.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error ? first.message : String(first);
}
