import type { Clock } from "./clock.js";
import type { ContextKey, ContextKeys } from "./context-key.js";
import type { RpcError } from "./errors.js";
import type { Message } from "./message.js";
import type { MethodSpec } from "./specs.js";
import type {
  SendOutcome,
  Transport,
  TransportFeature,
  TransportFeatures,
  TransportState,
} from "./transport.js";
import type { RequestEnvelope, ResponseEnvelope } from "./wire.js";

/** A value, or a promise of it: code that has no need to wait does not. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * What a user adds to a client or a server: one object with a name and a part for each side it has something to do on.
 * Checked and composed once, when the client or server starts. docs/extensions.md says how to write one.
 *
 * An extension with a state of its own belongs to one client or server: make one for each.
 *
 * @typeParam Adds what its wrap on a server puts into the context of handlers, by name
 */
export interface Extension<Adds extends object = Readonly<Record<never, never>>> {
  /** Unique on a client or server: usually the package's name without its scope. */
  readonly name: string;
  /** The version of this interface that it was written for. */
  readonly apiVersion: 1;
  /** What it cannot do without. A transport that lacks one is refused at start, with both names. */
  readonly needs?: readonly TransportFeature[];
  /** The names of extensions that must be there as well, on the same side; in which order is the phases' matter. */
  readonly requires?: readonly string[];
  /**
   * By which keys it hands values on. The handlers of a contract find each in their context under the name that it has here; those without
   * one ask the key: `caller.of(request)`.
   */
  readonly adds?: ContextKeys<Adds>;
  readonly client?: ExtensionPart<ClientCall, ClientEvents, ClientPhase>;
  readonly server?: ExtensionPart<ServerCall, ServerEvents, ServerPhase>;
}

/** An extension for some methods only. It observes their calls only, too. One that changes messages cannot be for some only. */
export interface ScopedExtension<E extends Extension<object> = Extension<object>> {
  /**
   * Names of methods, each with at most one `*`, at its beginning or end. One that fits no method of the server, or of the client's
   * contract, is refused at start.
   */
  readonly methods: readonly string[];
  readonly use: E;
}

/** What `extensions` lists. */
export type ExtensionEntry = Extension<object> | ScopedExtension;

type AddsOf<Entry> = Entry extends { readonly use: infer E extends Extension<object> }
  ? Partial<AddsOf<E>>
  : Entry extends { readonly adds?: infer Keys }
    ? { readonly [Name in keyof Keys]: Keys[Name] extends ContextKey<infer T> ? T : never }
    : unknown;

/** What all the extensions of a tuple put into the context of handlers; those of scoped ones may be missing. */
export type AddedBy<Entries extends readonly unknown[]> = Entries extends readonly [
  infer First,
  ...infer Rest,
]
  ? AddsOf<First> & AddedBy<Rest>
  : unknown;

/** The part of one side. Everything is optional: most extensions only observe. */
export interface ExtensionPart<Call, Events, Phase extends string> {
  /**
   * Hears events, synchronously and after the fact. It cannot break or slow a call: what it throws, or rejects with,
   * is reported as `extensionError`. What the part's own `wrap` has set by a key on the call that it got, the events about
   * the end of that call have as well.
   */
  readonly observe?: { readonly [K in keyof Events]?: (event: Events[K]) => void };
  /** Acts around each call. */
  readonly wrap?: Wrap<Call, Phase>;
  /** Changes messages on their way to and from the transport. */
  readonly wire?: WireWrap;
  /**
   * Called before the first message, in the order of the extensions; the start fails with what it throws, or when it takes longer
   * than 10 s.
   */
  start?(host: ExtensionHost): MaybePromise<void>;
  /** Called after the last message, in reverse order; what it throws is reported. Shippers flush here. */
  stop?(): MaybePromise<void>;
  /** What it is set to and how it does, for people and tools: JSON without secrets. */
  describe?(): unknown;
}

/**
 * One layer of the onion around a call. `next` runs what is further in; call it with the call it got, or one derived
 * from it. Layers are ordered by phase, and within a phase by the order of the extensions. A call ends with its timeout, whatever
 * its layers do: one that tries again does so within it, and for one that never ends the call is `Timeout`.
 */
export interface Wrap<Call, Phase extends string> {
  readonly phase: Phase;
  run(call: Call, next: (call: Call) => MaybePromise<ResponseEnvelope>): MaybePromise<ResponseEnvelope>;
}

/**
 * Layers around the encoded message: first extension outermost, so that the receiver undoes them in reverse. A call that they
 * hold ends with its timeout; an answer that they hold for 5 s, or until its deadline, is replaced by a plain 500.
 *
 * They see requests, answers, and each frame between the two (items of streams, credit, signs of life, ends: a header `porthos-frame` says
 * which) as the message that it is. The frames of one call and direction come one by one, in order, its answer last: what comes after one
 * that was answered with a promise waits for it, and others do not. A frame that they hold for 5 s, or throw at, ends its stream, or its call,
 * at both ends. That nobody waits for a call any more is told to all servers of a service without them.
 *
 * Of a frame they may change body and content type, and add headers: its own headers, its id, its addresses and its time stay as they were,
 * whatever they return.
 */
export interface WireWrap {
  /** @throws a client's caller gets an `RpcError` as it is, `BadRequest` for others. A server's caller gets 500. */
  outgoing?(message: Message): MaybePromise<Message>;
  /**
   * @throws for what it cannot undo. A client's caller gets an `RpcError` as it is, `BadReply` for others. A server's caller gets a `Refusal` in
   * its words; for others 500, or 400 for a frame.
   */
  incoming?(message: Message): MaybePromise<Message>;
}

/**
 * The layers of a client, outermost first. The order is part of the interface: a breaker sees every attempt of a
 * retry, a deadline bounds one attempt, and so on; an order that cannot work cannot be written.
 */
export const CLIENT_PHASES = [
  "trace",
  "fallback",
  "retry",
  "cache",
  "breaker",
  "limit",
  "deadline",
  "auth",
  "validate",
  "user",
] as const;
export type ClientPhase = (typeof CLIENT_PHASES)[number];

/** The layers of a server, outermost first: nobody is served from a cache before he is known and within his limits. */
export const SERVER_PHASES = [
  "trace",
  "auth",
  "limit",
  "deadline",
  "idempotency",
  "cache",
  "validate",
  "user",
] as const;
export type ServerPhase = (typeof SERVER_PHASES)[number];

/** A call as a client's extensions see it. */
export interface ClientCall {
  readonly service: string;
  readonly method: string;
  /** `stream`: a call with items on the way. Its answer is its end; it cannot be made twice. */
  readonly kind: "call" | "void" | "stream";
  /** Whether it may run more than once to the same effect, so that it is sent again when nobody can tell whether it arrived. */
  readonly idempotent: boolean;
  readonly request: RequestEnvelope;
  /** How long the caller waits in all; of a stream: until its service has begun it. */
  readonly timeoutMs: number;
  /** Aborted when the caller gives up; undefined if he cannot. */
  readonly signal: AbortSignal | undefined;
}

/** A request as a server's extensions see it. */
export interface ServerCall {
  readonly service: string;
  readonly method: string;
  /** `stream`: a call with items on the way. Its answer is its end. */
  readonly kind: "call" | "void" | "stream";
  readonly request: RequestEnvelope;
  /**
   * Its correlation id: the same each time that it is delivered, or sent again. Unique if `isCallId` says so; an older peer may use
   * his ids again. Undefined if it has none, as one-way requests do.
   */
  readonly id: string | undefined;
  /**
   * Who asks: the same for all calls of one client, and of those that share its transport, or of one inbox of an older peer. His own word, and
   * nobody else can know it: good for shares and counts, not for permissions. Undefined for one-way requests.
   */
  readonly clientId: string | undefined;
  /** How long it was on its way and in the queue, in milliseconds, at least; undefined where its caller does not say how long he waits. */
  readonly ageMs: number | undefined;
  /** Whether it may have been delivered before. */
  readonly redelivered: boolean;
  /** On the host clock's scale; undefined = none. */
  readonly deadlineMs: number | undefined;
  /** Aborted when the deadline passes or the server stops waiting for the handler. */
  readonly signal: AbortSignal;
}

/** What one extension may use of the client or server that it is part of. */
export interface ExtensionHost {
  readonly service: string;
  readonly side: "client" | "server";
  readonly clock: Clock;
  /** What carries the calls: to hear of, to send, subscribe or open an inbox. Whoever opened it closes it, and no extension does. */
  readonly transports: readonly Transport[];
  /** The server's methods and specs at the time of the start: those that it is for. Empty on a client. */
  readonly methods: ReadonlyMap<string, MethodSpec | undefined>;
  /** Sends a message of the extension's own to a queue. Never rejects. */
  send(queue: string, message: Message): Promise<SendOutcome>;
  /** Tells what went wrong beside any call, as `extensionError` with the extension's name. @param during what it was doing */
  report(during: string, error: unknown): void;
  /** The client or server as `describe()` shows it. */
  describe(): Description;
}

/** What a client or server consists of: JSON, for people and tools. */
export interface Description {
  readonly side: "client" | "server";
  readonly service: string;
  readonly transports: readonly TransportDescription[];
  /** In the order in which they act: those that only observe first, the outermost of those that act next. */
  readonly extensions: readonly ExtensionDescription[];
}

export interface TransportDescription {
  readonly name: string;
  readonly state: TransportState;
  readonly features: TransportFeatures;
}

export interface ExtensionDescription {
  readonly name: string;
  /** Undefined: all. */
  readonly methods?: readonly string[];
  /** Where it acts around calls, if it does. */
  readonly phase?: string;
  /** Whether it changes messages. */
  readonly wire?: true;
  /** The events that it hears. */
  readonly observes?: readonly string[];
  /** What it says of itself. */
  readonly settings?: unknown;
}

export interface ClientEvents {
  /** A call was handed to the transport. */
  readonly sent: { readonly call: ClientCall };
  /** A call ended: with a response or with an error. */
  readonly settled: {
    readonly call: ClientCall;
    readonly elapsedMs: number;
    readonly response: ResponseEnvelope | undefined;
    readonly error: RpcError | undefined;
  };
  /** A reply arrived that no pending call waits for; dropped. */
  readonly stray: { readonly kind: "late" | "duplicate" | "unmatched"; readonly message: Message };
  readonly extensionError: ExtensionErrorEvent;
}

export interface ServerEvents {
  /** It consumes its queue. */
  readonly listening: { readonly service: string };
  /** It takes no more requests, and finishes those that it has within that time. */
  readonly closing: { readonly service: string; readonly timeoutMs: number };
  /** A request is about to run. */
  readonly incoming: { readonly call: ServerCall };
  /** A request was answered (one-way: finished). */
  readonly outgoing: {
    readonly call: ServerCall;
    readonly response: ResponseEnvelope;
    readonly elapsedMs: number;
  };
  /** A request's time was over before it could run; it was answered 504 and not run. */
  readonly expired: { readonly call: ServerCall };
  /**
   * A request that was answered without its handler: it names no method, or one that is not registered, cannot be decoded, or is more than a
   * limit allows. `reason` is `overloaded` for those that were shed since they had waited too long in a queue that is too long.
   */
  readonly refused: {
    readonly service: string;
    /** The method that it names; undefined if it names none. */
    readonly method: string | undefined;
    readonly response: ResponseEnvelope;
    readonly reason: string;
  };
  /**
   * A request came again while it ran or after it was answered here: delivered again after a lost connection, sent again by its
   * caller, or by a second transport. It did not run again: it gets the answer of its first run.
   */
  readonly duplicate: { readonly service: string; readonly correlationId: string | undefined };
  /**
   * A request was delivered more than 20 times, by its broker's count, and never answered: most likely it kills whoever runs it. It was answered 500,
   * rejected (dropped, or dead-lettered where the broker is set up so), and not run.
   */
  readonly poisoned: {
    readonly service: string;
    readonly correlationId: string | undefined;
    readonly deliveries: number;
  };
  /** Its caller gave up. A request that had not begun does not run; one that runs has its signal aborted. */
  readonly cancelled: {
    readonly service: string;
    readonly correlationId: string;
    /** The call that runs; undefined for a request that had not begun. */
    readonly call: ServerCall | undefined;
  };
  /**
   * The server does less over one of its transports: it does not serve over one whose broker it has not reached or which refuses it, or
   * which was closed; or it is not told of cancelled calls.
   */
  readonly degraded: { readonly transport: string; readonly reason: RpcError };
  /** A handler did not finish within `maxHandlerTimeMs`: its signal was aborted, its caller got 504, and its slot is free. */
  readonly stuck: { readonly call: ServerCall; readonly elapsedMs: number };
  /** A handler threw. The caller got 500 without the reason; it is here. */
  readonly handlerError: { readonly call: ServerCall; readonly error: unknown };
  /** The answer could not be delivered: the caller is gone, the broker refused it, or the server closed before it could. */
  readonly replyLost: { readonly call: ServerCall | undefined; readonly outcome: SendOutcome };
  readonly extensionError: ExtensionErrorEvent;
}

/** An extension threw, or a listener of `on` did. */
export interface ExtensionErrorEvent {
  /** The extension's name; `on` for a listener. What was thrown around a call is of one of several, if several act there: all are named. */
  readonly extension: string;
  /** The event that it heard, `wrap`, `wire`, `stop`, or what it calls it. */
  readonly during: string;
  readonly error: unknown;
}

/** For `Events`. */
export const CLIENT_EVENTS: Readonly<Record<keyof ClientEvents, true>> = {
  sent: true,
  settled: true,
  stray: true,
  extensionError: true,
};

/** For `Events`. */
export const SERVER_EVENTS: Readonly<Record<keyof ServerEvents, true>> = {
  listening: true,
  closing: true,
  incoming: true,
  outgoing: true,
  expired: true,
  refused: true,
  duplicate: true,
  poisoned: true,
  cancelled: true,
  degraded: true,
  stuck: true,
  handlerError: true,
  replyLost: true,
  extensionError: true,
};
