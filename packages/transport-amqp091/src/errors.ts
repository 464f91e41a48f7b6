import { RpcError } from "@porthos-rpc/protocol";
import { type Endpoint, tlsFailure } from "@porthos-rpc/protocol/driver";

/*
 * The one place where words of amqplib, Node and the broker become RpcErrors. Messages name host, port and virtual
 * host and say what to do next; the driver's error is kept as the cause.
 */

/** AMQP 0-9-1 reply codes (1.2, constants). */
export const REPLY_CODE = {
  accessRefused: 403,
  notFound: 404,
  resourceLocked: 405,
  preconditionFailed: 406,
  internalError: 541,
} as const;

/** The reply code of a driver's error: amqplib puts it into `code` when a channel or connection was closed. */
export function replyCodeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : undefined;
}

/** Why a connection could not be made. @param progress what it waited for */
export function connectError(cause: unknown, endpoint: Endpoint, timeoutMs: number, progress = ""): RpcError {
  if (cause instanceof RpcError) return cause;
  const { label, vhost = "/" } = endpoint;
  const text = textOf(cause);
  const code = (cause as { code?: unknown } | undefined)?.code;
  const ofTls = tlsFailure(label, cause);
  if (ofTls !== undefined) return ofTls;
  // amqplib gives no code for what the broker says during the handshake: only its words tell. The second are Qpid's.
  if (/ACCESS[_-]REFUSED|\(NOT-ALLOWED\).*Authentication failed/.test(text)) {
    return config(`the broker at ${label} refused the credentials; check user name and password`, cause);
  }
  if (text.startsWith("Expected ConnectionOpenOk")) {
    // amqplib hides the reason; a broker that is starting says the same, so one more attempt is made.
    const message = `the broker at ${label} refused the virtual host "${vhost}": it does not exist, or the user may not use it`;
    return config(message, cause, true);
  }
  if (text.startsWith("SASL mechanism")) {
    const asked = /^SASL mechanism (\w+)/.exec(text)?.[1] ?? "";
    return config(
      `the broker at ${label} does not take SASL ${asked} on this port; see the option "sasl"`,
      cause,
    );
  }
  if (text.startsWith("Socket closed abruptly")) {
    const hint = endpoint.secure
      ? "does it take the certificate of tls.cert, if it wants any, or is it a proxy that has no broker?"
      : "is it a TLS port (amqps:), or a proxy that has no broker?";
    return away(`${label} closed the connection during the handshake; if this stays so: ${hint}`, cause);
  }
  if (text === "connect ETIMEDOUT" || isAbort(cause)) {
    const waiting = progress === "" ? "" : `: ${progress}`;
    return away(`no AMQP connection with ${label} within ${timeoutMs} ms${waiting}`, cause);
  }
  if (typeof code === "string") return away(`cannot reach the broker at ${label}: ${text}`, cause);
  return config(`the broker at ${label} does not speak AMQP 0-9-1 as expected: ${text}`, cause, true);
}

/** Why a connection that was up is gone. What was under way on it may or may not have been carried out. */
export function lostError(cause: unknown, label: string): RpcError {
  const text = textOf(cause);
  if (text === "Heartbeat timeout") {
    return new RpcError("Unavailable", `the broker at ${label} was silent for two heartbeats`, { cause });
  }
  return new RpcError("Unavailable", `the connection with the broker at ${label} was lost: ${text}`, {
    cause,
  });
}

/** The broker's words name the permission and what it is for. */
const GRANT = "give the user this permission (SECURITY.md lists what is needed)";

/** What RabbitMQ before 4.3 ends a channel over, and what to do about it. */
const ACKNOWLEDGED_LATE = /delivery acknowledgement\b.*\btimed out/;
const END_SOONER =
  "a handler must end sooner (maxHandlerTimeMs), or the broker wait longer (consumer_timeout)";

/** What may go wrong on a channel, beside what the broker's words say. */
export interface ChannelErrorContext {
  /** What the channel was for: `queue "calculator"`. */
  readonly subject: string;
  /** What to do when the broker's reply code is this. */
  readonly advice?: Readonly<Record<number, string>>;
}

/** Why a channel was closed, or an operation on it refused. Config if repeating it cannot help. */
export function channelError(cause: unknown, { subject, advice }: ChannelErrorContext): RpcError {
  if (cause instanceof RpcError) return cause;
  const words = brokersWords(cause);
  const code = replyCodeOf(cause);
  const limit = /larger than (?:configured )?max size (\d+)/.exec(words);
  if (limit !== null) {
    const details = { maxMessageBytes: Number(limit[1]) };
    return new RpcError("TooLarge", `the broker refused a message: ${words}`, { cause, details });
  }
  if (ACKNOWLEDGED_LATE.test(words)) return away(`${subject}: ${words}; ${END_SOONER}`, cause);
  const next =
    code === undefined
      ? undefined
      : (advice?.[code] ?? (code === REPLY_CODE.accessRefused ? GRANT : undefined));
  const message = `${subject}: ${words}${next === undefined ? "" : `; ${next}`}`;
  return isConfigCode(code) ? config(message, cause) : away(message, cause);
}

function isConfigCode(code: number | undefined): boolean {
  return (
    code === REPLY_CODE.accessRefused ||
    code === REPLY_CODE.notFound ||
    code === REPLY_CODE.resourceLocked ||
    code === REPLY_CODE.preconditionFailed
  );
}

/** From amqplib's `Operation failed: QueueDeclare; 406 (PRECONDITION-FAILED) with message "…"` what the broker said. */
function brokersWords(cause: unknown): string {
  const text = textOf(cause);
  return /with message "(.*)"$/s.exec(text)?.[1] ?? text;
}

function isAbort(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "AbortError";
}

function textOf(cause: unknown): string {
  if (!(cause instanceof Error)) return cause === undefined ? "closed" : String(cause);
  // Node tries every address of a name, and says nothing but "AggregateError" when all fail.
  const inner: unknown = cause instanceof AggregateError ? cause.errors[0] : undefined;
  return inner instanceof Error ? inner.message : cause.message;
}

function config(message: string, cause: unknown, retryable = false): RpcError {
  return new RpcError("Config", message, { executed: "no", retryable, cause });
}

function away(message: string, cause: unknown): RpcError {
  return new RpcError("Unavailable", message, { executed: "no", cause });
}
