import { RpcError } from "@porthos-rpc/protocol";

/** What a transport says of a topic, with the topic's name before it: brokers name exchanges only. */
export function topicError(what: string, cause: unknown): RpcError {
  if (!(cause instanceof RpcError)) return new RpcError("Unavailable", what, { cause });
  const { code, executed, status, retryable } = cause;
  return new RpcError(code, `${what}: ${cause.message}`, { executed, status, retryable, cause });
}
