/*
 * Names of OpenTelemetry's semantic conventions 1.45: those for RPC, which are stable, and of messaging where a call is one-way. What begins with
 * `porthos.` has no name there.
 */

export const RPC_SYSTEM_NAME = "rpc.system.name";
/** Service and method. */
export const RPC_METHOD = "rpc.method";
/** What the caller named, where `rpc.method` is `OTHER`. */
export const RPC_METHOD_ORIGINAL = "rpc.method_original";
/** A text. */
export const RPC_STATUS_CODE = "rpc.response.status_code";
export const ERROR_TYPE = "error.type";

export const MESSAGING_SYSTEM = "messaging.system";
export const MESSAGING_DESTINATION = "messaging.destination.name";
export const MESSAGING_OPERATION_NAME = "messaging.operation.name";
export const MESSAGING_OPERATION_TYPE = "messaging.operation.type";

/** `call`, `void` or `stream`. */
export const PORTHOS_KIND = "porthos.call.kind";
/** The correlation id, which tells the same call in logs. */
export const PORTHOS_ID = "porthos.call.id";
/** Of a call that failed: whether it ran. */
export const PORTHOS_EXECUTED = "porthos.executed";
/** How long a request was on its way and in the queue, in milliseconds. */
export const PORTHOS_AGE_MS = "porthos.age_ms";
export const PORTHOS_REDELIVERED = "porthos.redelivered";

export const SYSTEM = "porthos";
/** Stands for methods that nobody has, or that are too many. */
export const OTHER = "_OTHER";

export const CLIENT_DURATION = "rpc.client.call.duration";
export const SERVER_DURATION = "rpc.server.call.duration";
/** In seconds. */
export const DURATION_BUCKETS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
