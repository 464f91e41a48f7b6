import type { Clock } from "./clock.js";
import type { RpcError } from "./errors.js";
import type { Message } from "./message.js";
import type { MethodSpec } from "./specs.js";
import type { SendOutcome, TransportFeature } from "./transport.js";
import type { RequestEnvelope, ResponseEnvelope } from "./wire.js";

/** A value, or a promise of it: code that has no need to wait does not. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * What a user adds to a client or a server: one object with a name and a part for each side it has something to do on.
 * Checked and composed once, when the client or server starts. ARCHITECTURE.md says how to write one.
 */
export interface Extension {
  /** Unique on a client or server: usually the package's name without its scope. */
  readonly name: string;
  /** The version of this interface that it was written for. */
  readonly apiVersion: 1;
  /** What it cannot do without. A transport that lacks one is refused at start, with both names. */
  readonly needs?: readonly TransportFeature[];
  readonly client?: ExtensionPart<ClientCall, ClientEvents, ClientPhase>;
  readonly server?: ExtensionPart<ServerCall, ServerEvents, ServerPhase>;
}

/** The part of one side. Everything is optional: most extensions only observe. */
export interface ExtensionPart<Call, Events, Phase extends string> {
  /**
   * Hears events, synchronously and after the fact. It cannot break or slow a call: what it throws, or rejects with,
   * is reported as `extensionError`.
   */
  readonly observe?: { readonly [K in keyof Events]?: (event: Events[K]) => void };
  /** Acts around each call. */
  readonly wrap?: Wrap<Call, Phase>;
  /** Changes messages on their way to and from the transport. */
  readonly wire?: WireWrap;
  /** Called before the first message, in the order of the extensions; the start fails with what it throws. */
  start?(host: ExtensionHost): MaybePromise<void>;
  /** Called after the last message, in reverse order; what it throws is reported. Shippers flush here. */
  stop?(): MaybePromise<void>;
  /** What it is set to, for people and tools: JSON. */
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
 */
export interface WireWrap {
  outgoing?(message: Message): MaybePromise<Message>;
  /** @throws {RpcError} BadRequest or BadReply for what it cannot undo. */
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
  /** Whether it may have been delivered before. */
  readonly redelivered: boolean;
  /** On the host clock's scale; undefined = none. */
  readonly deadlineMs: number | undefined;
  /** Aborted when the deadline passes or the server stops waiting for the handler. */
  readonly signal: AbortSignal;
}

/** What an extension may use of the client or server that it is part of. */
export interface ExtensionHost {
  readonly service: string;
  readonly side: "client" | "server";
  readonly clock: Clock;
  /** The server's methods and specs at the time of the start; empty on a client. */
  readonly methods: ReadonlyMap<string, MethodSpec | undefined>;
  /** Sends a message of the extension's own to a queue. Never rejects. */
  send(queue: string, message: Message): Promise<SendOutcome>;
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

/** An extension threw while observing or stopping, or a listener of `on` did. */
export interface ExtensionErrorEvent {
  /** The extension's name; `on` for a listener. */
  readonly extension: string;
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
