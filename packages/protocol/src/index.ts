/**
 * The vocabulary of Porthos: messages, calls, errors, and the two interfaces, Transport and Extension.
 * @packageDocumentation
 */
export {
  type AmbientDeadline,
  ambientTimeLeftMs,
  followDeadlines,
  keepAmbient,
  type RunWithin,
  runWithDeadline,
  runWithoutDeadline,
} from "./ambient.js";
export { type CallId, isCallId, readCallId } from "./call-id.js";
export { cancelTopic } from "./cancel.js";
export { checkTransports, type Transports } from "./check-transports.js";
export { type Clock, systemClock } from "./clock.js";
export type { ComposedWire } from "./compose.js";
export {
  bytesCodec,
  type Codec,
  Codecs,
  checkCodec,
  codecWithin,
  rawCodec,
} from "./content.js";
export { CALL, type ContextKey, type ContextKeys, contextKey, shareContext } from "./context-key.js";
export { DeadlineWheel, Timed } from "./deadline-wheel.js";
export { endUse } from "./end-use.js";
export {
  type CodeEntry,
  ERROR_CODES,
  type Executed,
  RpcError,
  type RpcErrorCode,
  type RpcErrorInit,
} from "./errors.js";
export { Events } from "./events.js";
export {
  type AddedBy,
  CLIENT_EVENTS,
  CLIENT_PHASES,
  type ClientCall,
  type ClientEvents,
  type ClientPhase,
  type Description,
  type Extension,
  type ExtensionDescription,
  type ExtensionEntry,
  type ExtensionErrorEvent,
  type ExtensionHost,
  type ExtensionPart,
  type MaybePromise,
  type ScopedExtension,
  SERVER_EVENTS,
  SERVER_PHASES,
  type ServerCall,
  type ServerEvents,
  type ServerPhase,
  type TransportDescription,
  type WireWrap,
  type Wrap,
} from "./extension.js";
export { ExtensionSet, type ExtensionSides, type SharedHost } from "./extension-set.js";
export {
  executedOf,
  type FailedAnswer,
  isPassing,
  problemOf,
  readFailedAnswer,
  retryAfterMsOf,
  saidOfOneRun,
} from "./failed-answer.js";
export { headerBytes, headersFault } from "./header-limits.js";
export { jsonCodec } from "./json-codec.js";
export { checkJsonLimits, DEFAULT_JSON_LIMITS, type JsonLimits } from "./json-limits.js";
export { andThen } from "./maybe-promise.js";
export {
  type Headers,
  type HeaderValue,
  type Message,
  NO_BODY,
  NO_HEADERS,
  type ReadonlyHeaders,
} from "./message.js";
export { MethodScope } from "./method-scope.js";
export { onAbort } from "./on-abort.js";
export { inOneLine } from "./one-line.js";
export {
  checkBoolean,
  checkDuration,
  checkInteger,
  checkKnown,
  checkOneOf,
  checkText,
  MAX_DURATION_MS,
  wrong,
} from "./options.js";
export { PendingCall, PendingCalls, type StrayReply } from "./pending-calls.js";
export {
  HANDLER_STUCK,
  OVERLOADED_PROBLEM,
  PROBLEM_CONTENT_TYPE,
  type Problem,
  problemResponse,
  TIMEOUT_PROBLEM,
  UNAVAILABLE_PROBLEM,
} from "./problem.js";
export { RecentIds } from "./recent-ids.js";
export { Refusal, type RefusalInit } from "./refusal.js";
export { isRefusedHere, refusedHere } from "./refused-here.js";
export { sendOutcome } from "./send-outcome.js";
export {
  type BodySpec,
  bodySpecFromArray,
  bodySpecFromSchema,
  type ContentSpec,
  type FieldSpec,
  type ItemSpec,
  type JsonSchema,
  type JsonSchemaSource,
  type MethodSpec,
  type ObjectSpec,
} from "./specs.js";
export { isOk, Status } from "./status.js";
export { ByteBudget } from "./stream/byte-budget.js";
export { Exchange, type ExchangePort } from "./stream/exchange.js";
export { FrameLane, MAX_HOLD_MS } from "./stream/frame-lane.js";
export {
  CANCEL,
  type Frame,
  frameMessage,
  frameOf,
  type OutgoingFrame,
} from "./stream/frames.js";
export { IdleWatch } from "./stream/idle-watch.js";
export {
  DEFAULT_ALIVE_MS,
  endCountOf,
  endHeaders,
  MIN_ALIVE_MS,
  type Opening,
  openingHeaders,
  openingOf,
} from "./stream/opening.js";
export { iteratorOf, type StreamSource } from "./stream/source.js";
export { StreamReader } from "./stream/stream-reader.js";
export { StreamWriter, type WriterFault } from "./stream/stream-writer.js";
export { decodeText, encodeText } from "./text.js";
export { TimeBox } from "./time-box.js";
export { TokenBucket } from "./token-bucket.js";
export {
  ACCEPTED,
  type ConsumeOptions,
  type Delivery,
  type Inbox,
  type InboxHandler,
  type Lease,
  type SendListener,
  type SendOutcome,
  type Subscription,
  TRANSPORT_EVENTS,
  type Transport,
  type TransportEvents,
  type TransportFeature,
  type TransportFeatures,
  type TransportState,
  UNROUTABLE,
  UNSENT,
} from "./transport.js";
export { valuesCodec } from "./values-codec.js";
export {
  CONTRACT_HEADER,
  checkMethod,
  encodeRequest,
  encodeResponse,
  METHOD_HEADER,
  methodHeaders,
  methodOf,
  RETRY_AFTER_HEADER,
  type ReplyPath,
  type RequestEnvelope,
  type ResponseEnvelope,
  statusOf,
} from "./wire.js";
