import { type Executed, RpcError, type SendOutcome } from "@porthos-rpc/protocol";
import { ErrorReply } from "redis";

/*
 * The one place where words of Redis, its driver and Node become RpcErrors.
 */

/** The first word of what Redis answers instead of doing it: `OOM`, `NOGROUP`. Undefined if Redis did not answer. */
function redisCode(cause: unknown): string | undefined {
  return cause instanceof ErrorReply ? (/^[A-Z]+/.exec(cause.message)?.[0] ?? "ERR") : undefined;
}

/** Redis will not do what we ask for on this connection, but it may on the next. */
export function isUnfit(cause: unknown): boolean {
  return ["LOADING", "MASTERDOWN", "NOSCRIPT", "READONLY"].includes(redisCode(cause) ?? "");
}

/** Why a connection could not be made. @param host never the URL, which holds a password */
export function connectError(cause: unknown, host: string): RpcError {
  const text = textOf(cause);
  const isConfig =
    /^(WRONGPASS|NOAUTH|NOPERM|NOPROTO|ERR (AUTH|DB index|invalid DB))/.test(text) ||
    /^(ERR_(TLS|SSL)|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(
      String((cause as NodeJS.ErrnoException)?.code),
    );
  return new RpcError(isConfig ? "Config" : "Unavailable", `cannot use the Redis at ${host}: ${text}`, {
    executed: "no",
    cause,
  });
}

/** Why something failed on a connection that was up. */
export function operationError(subject: string, cause: unknown): RpcError {
  if (cause instanceof RpcError) return cause;
  const message = `${subject}: ${textOf(cause)}`;
  const code = redisCode(cause);
  if (code === undefined) return new RpcError("Unavailable", message, { executed: "maybe", cause });
  if (code === "OOM") return new RpcError("Overloaded", message, { cause });
  if (code === "WRONGTYPE" || code === "NOPERM") return new RpcError("Config", message, { cause });
  return new RpcError("Unavailable", message, { executed: "no", cause });
}

/** What became of a send that failed: refused if we or Redis said no, else nobody knows. */
export function failedOutcome(cause: unknown): SendOutcome {
  const error = operationError("the message was not sent", cause);
  return { kind: error.executed === "no" ? "refused" : "unknown", error };
}

/** Why a connection that was up is gone. What was under way on it may or may not have been carried out. */
export function lostError(cause: unknown, host: string): RpcError {
  return new RpcError("Unavailable", `the connection with the Redis at ${host} was lost: ${textOf(cause)}`, {
    cause,
  });
}

/** The transport was closed, or is used by nobody. */
export function closedError(executed: Executed): RpcError {
  return new RpcError("Closed", "the transport redis is closed", { executed });
}

function textOf(cause: unknown): string {
  // Node tries every address of a name, and says nothing itself when all fail.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error ? first.message : String(first);
}
