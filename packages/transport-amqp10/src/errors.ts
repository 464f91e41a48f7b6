import { RpcError, type RpcErrorCode } from "@porthos-rpc/protocol";
import { type Endpoint, tlsFailure } from "@porthos-rpc/protocol/driver";
import { HungUp, LinkFault, type LinkOutcome } from "./lane.js";

/*
 * The one place where words of rhea, Node and the broker become RpcErrors. Messages name host, port and virtual host
 * and say what to do next; the driver's error is kept as the cause.
 */

/** Error conditions (AMQP 1.0 part 2, 2.8.15 to 2.8.18) that repeating cannot help, and what they are to us. */
const CONDITION_CODES: ReadonlyMap<string, RpcErrorCode> = new Map([
  ["amqp:not-found", "Config"],
  ["amqp:unauthorized-access", "Config"],
  ["amqp:not-allowed", "Config"],
  ["amqp:not-implemented", "Config"],
  ["amqp:precondition-failed", "Config"],
  ["amqp:resource-locked", "Config"],
  ["amqp:invalid-field", "Config"],
  ["amqp:illegal-state", "Config"],
  ["amqp:resource-limit-exceeded", "Overloaded"],
  ["amqp:link:message-size-exceeded", "TooLarge"],
]);

/**
 * Why a connection could not be made.
 * @param progress how far it had come
 */
export function connectError(
  cause: unknown,
  endpoint: Endpoint,
  timeoutMs: number,
  progress: string,
): RpcError {
  if (cause instanceof RpcError) return cause;
  const { label, vhost } = endpoint;
  const text = textOf(cause);
  const code = (cause as { code?: unknown } | undefined)?.code;
  const ofTls = tlsFailure(label, cause);
  if (ofTls !== undefined) return ofTls;
  if (isAbort(cause)) return away(`no AMQP connection within ${timeoutMs} ms: ${progress}`, cause);
  if (cause instanceof HungUp && vhost !== undefined) return hungUp(cause, label, vhost);
  if (typeof code === "string") return away(`cannot reach the broker at ${label}: ${text}`, cause);
  const refused = handshakeError(text, label, cause);
  if (refused !== undefined) return refused;
  if (cause instanceof LinkFault) return closedAtOnce(cause, label, vhost);
  if (cause === undefined || cause instanceof HungUp) {
    const hint = endpoint.secure
      ? "does it take the certificate of tls.cert, if it wants any, or is it a proxy that has no broker?"
      : "is it a TLS port (amqp10s:), or a proxy that has no broker?";
    return away(`${label} closed the connection during the handshake; if this stays so: ${hint}`, cause);
  }
  return config(`the broker at ${label} does not speak AMQP 1.0 as expected: ${text}`, cause, true);
}

/** What rhea says of the SASL handshake: only its words tell. */
function handshakeError(text: string, label: string, cause: unknown): RpcError | undefined {
  if (/^Failed to authenticate: 1\b/.test(text)) {
    return config(`the broker at ${label} refused the credentials; check user name and password`, cause);
  }
  if (text.startsWith("Failed to authenticate")) {
    return away(`the broker at ${label} could not check the credentials: ${text}`, cause);
  }
  if (!text.startsWith("No suitable mechanism")) return undefined;
  const offered = text.slice(text.lastIndexOf("supports") + 9);
  return config(
    `the broker at ${label} takes only these SASL mechanisms here: ${offered}; see the option "sasl"`,
    cause,
  );
}

/**
 * RabbitMQ 4 hangs up without a reason on whoever asks for a virtual host that does not exist. Other things look the
 * same, so one more attempt is made. A proxy whose broker is away hangs up before it says anything.
 */
function hungUp(cause: HungUp, label: string, vhost: string): RpcError {
  const hint = `does the virtual host "${vhost}" exist, and may the user use it?`;
  return config(`${label} closed the connection during the handshake; ${hint}`, cause, true);
}

/** A broker that is starting refuses its virtual host for a moment, so one more attempt is made. */
function closedAtOnce(cause: LinkFault, label: string, vhost: string | undefined): RpcError {
  const where = vhost === undefined ? label : `${label}, virtual host "${vhost}"`;
  const message = `the broker at ${where} refused the connection: ${withCondition(cause)}`;
  const code = CONDITION_CODES.get(cause.condition ?? "");
  return code === "Config" ? config(message, cause, true) : away(message, cause);
}

/** Why a connection that was up is gone. What was under way on it may or may not have been carried out. */
export function lostError(cause: unknown, label: string): RpcError {
  const text = cause instanceof LinkFault ? withCondition(cause) : textOf(cause);
  return new RpcError("Unavailable", `the connection with the broker at ${label} was lost: ${text}`, {
    cause,
  });
}

/** What may go wrong on a link, beside what the broker's words say. */
export interface LinkErrorContext {
  /** What the link was for: `queue "calculator"`. */
  readonly subject: string;
  /** What to do when the broker's condition is this. */
  readonly advice?: ReadonlyMap<string, string>;
}

/** The broker's words name the permission and what it is for. */
const GRANT = "give the user this permission (SECURITY.md lists what is needed)";
const DENIED = "amqp:unauthorized-access";

/** What RabbitMQ 3 ends a session over, and what to do about it. */
const ACKNOWLEDGED_LATE = /delivery acknowledgement\b.*\btimed out/;
const END_SOONER =
  "a handler must end sooner (maxHandlerTimeMs), or the broker wait longer (consumer_timeout)";

/** Whether the user lacks a permission for it. */
export function isDenied(error: unknown): error is RpcError {
  return error instanceof RpcError && error.cause instanceof LinkFault && error.cause.condition === DENIED;
}

/** Why a link was closed, or could not be opened. Config if repeating it cannot help. */
export function linkError(cause: unknown, { subject, advice }: LinkErrorContext): RpcError {
  if (cause instanceof RpcError) return cause;
  if (!(cause instanceof LinkFault)) return away(`${subject}: ${textOf(cause)}`, cause);
  const { condition = "" } = cause;
  if (ACKNOWLEDGED_LATE.test(cause.message))
    return away(`${subject}: ${withCondition(cause)}; ${END_SOONER}`, cause);
  const next = advice?.get(condition) ?? (condition === DENIED ? GRANT : undefined);
  const message = `${subject}: ${withCondition(cause)}${next === undefined ? "" : `; ${next}`}`;
  if (condition === "amqp:resource-deleted") return away(message, cause);
  return new RpcError(CONDITION_CODES.get(condition) ?? "Unavailable", message, { executed: "no", cause });
}

/** Why the broker did not take a message (rejected, modified). */
export function outcomeError(address: string, { kind, condition, description }: LinkOutcome): RpcError {
  const words = description ?? condition ?? "the queue is full, or cannot store it";
  const message = `the broker did not take a message for "${address}" (${kind}): ${words}`;
  // Without a condition: a queue that is full, and set up to say so.
  const code = condition === undefined ? "Overloaded" : (CONDITION_CODES.get(condition) ?? "Unavailable");
  return new RpcError(code, message, { executed: "no" });
}

function config(message: string, cause: unknown, retryable = false): RpcError {
  return new RpcError("Config", message, { executed: "no", retryable, cause });
}

function away(message: string, cause: unknown): RpcError {
  return new RpcError("Unavailable", message, { executed: "no", cause });
}

function withCondition(fault: LinkFault): string {
  const { condition, message } = fault;
  return condition === undefined || condition === message ? message : `${message} (${condition})`;
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
