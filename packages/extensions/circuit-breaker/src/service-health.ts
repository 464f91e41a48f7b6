import {
  isOk,
  isRefusedHere,
  OVERLOADED_PROBLEM,
  problemOf,
  type ResponseEnvelope,
  RpcError,
  type RpcErrorCode,
  Status,
} from "@porthos-rpc/protocol";

/** The ends of calls that say of a service that it does not work. */
const FAILURES: ReadonlySet<RpcErrorCode> = new Set(["Timeout", "Unavailable", "NoService", "Overloaded"]);

/** Whether an error says that the service fails. What another extension refused here says nothing of it. */
export function isFailure(error: unknown): boolean {
  return error instanceof RpcError && FAILURES.has(error.code) && !isRefusedHere(error);
}

/** Whether an error says that the service works: it has answered, in whatever words. Others say nothing of it. */
export function isAnswered(error: unknown): boolean {
  return error instanceof RpcError && (error.code === "BadReply" || error.code === "Remote");
}

/** Whether an answer says that the service fails: 500 and above, and 429 if it says of itself that it is overloaded. */
export function isFailedAnswer(response: ResponseEnvelope): boolean {
  const { statusCode } = response;
  if (isOk(statusCode)) return false;
  if (statusCode !== Status.TooManyRequests) return statusCode >= Status.InternalError;
  const { type } = (problemOf(response) ?? {}) as { readonly type?: unknown };
  return type === OVERLOADED_PROBLEM;
}
