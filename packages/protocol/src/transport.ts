import type { RpcError } from "./errors.js";
import type { Message } from "./message.js";

/**
 * What a carrier of messages promises to client and server. Small on purpose; docs/transports-walkthrough.md walks
 * through writing one. A transport knows no calls: it moves opaque messages to queues, inboxes and topics.
 *
 * It heals itself: a lost connection is made anew (with backoff), consumers, inboxes and subscriptions are
 * restored, and what was lost is told through outcomes, inbox handlers and events.
 *
 * Whatever a callback of its user throws harms nobody else: it neither leaves the method that called it nor becomes an
 * uncaught exception; it is told as `degraded`. Received messages share no memory with anyone.
 */
export interface Transport {
  /** The carrier's short name, e.g. `memory`, `amqp091`. Shown in errors and events. */
  readonly name: string;
  /** What this transport can do. Before the first connection: what it expects; after `ready()`: what the broker has. */
  readonly features: TransportFeatures;
  readonly state: TransportState;

  /**
   * Declares that someone uses the transport, and starts it. When the last lease is released the connections are
   * closed (gracefully), so that a program that has closed its ends exits; a later lease opens them again.
   * @throws {RpcError} Closed after `close()`.
   */
  acquire(): Lease;

  /**
   * Starts the transport if need be, and resolves when it can send.
   * @throws {RpcError} Config when it can never succeed as configured (credentials, virtual host, TLS); Unavailable
   * when the broker was not reached within the transport's start budget; Closed.
   */
  ready(): Promise<void>;

  /**
   * Sends to the queue of that name. Does not declare it. `listener` hears the outcome exactly once, possibly before
   * `send` returns; without one the outcome goes to the events only. Never throws: what cannot be carried (a wrong id,
   * time to live, header, address) ends `refused`, not executed.
   */
  send(queue: string, message: Message, listener?: SendListener): void;

  /**
   * Sends to the inbox whose address came in a message's `replyTo`. Outcomes as for `send`. The address is a
   * stranger's data: a transport refuses (outcome `refused`) a form that could harm it.
   */
  reply(address: string, message: Message, listener?: SendListener): void;

  /**
   * Sends to every current subscriber of the topic; at most once each, nobody is no error. Topics are literal names,
   * apart from those of queues.
   * Outcomes as for `send`, but never `unroutable`.
   */
  publish(topic: string, message: Message, listener?: SendListener): void;

  /**
   * Declares the durable queue of that name if it is missing and consumes it, competing with its other consumers.
   * At most `credit` deliveries are unsettled at a time. Restored after a reconnect; what was unsettled then is
   * redelivered to somebody. Like `openInbox` and `subscribe` it starts a transport that nobody started.
   * @throws {RpcError} Config when the queue exists in another shape or may not be used; as `ready()`.
   */
  consume(
    queue: string,
    options: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Subscription>;

  /**
   * Opens an address of its own for answers, gone with its connection. Resolves when it is open for the first time.
   * @throws {RpcError} as `ready()`, except that it goes on trying while the broker is merely away.
   */
  openInbox(handler: InboxHandler): Promise<Inbox>;

  /**
   * Hears what is published to the topic from now on. Restored after a reconnect; what was published meanwhile is lost.
   * @throws {RpcError} as `openInbox`.
   */
  subscribe(topic: string, onMessage: (message: Message) => void): Promise<Subscription>;

  /**
   * Hears what happens to the transport. Returns the function that stops listening.
   * @throws {TypeError} for an event that there is not.
   */
  on<K extends keyof TransportEvents>(event: K, handler: (event: TransportEvents[K]) => void): () => void;

  /**
   * Closes for good: waits a bounded time for unfinished sends, fails what is left (`unknown`), gives unsettled
   * deliveries back to the broker, closes the connections. Tells `closed`, and no `down`. Idempotent; never rejects.
   */
  close(): Promise<void>;
}

/** `idle`: not started, or nobody uses it. `down`: lost, and trying again. */
export type TransportState = "idle" | "connecting" | "up" | "down" | "closed";

/** See `Transport.acquire`. */
export interface Lease {
  /** Gives it back, once; resolves when, if it was the last one, the connections are closed. Never rejects. */
  release(): Promise<void>;
}

/**
 * What became of a send. A closed set; `executed` of an error follows from it.
 * - `accepted`: the broker has it (where `confirmedSends` is declared; else: it was written).
 * - `unroutable`: nobody has such a queue or inbox. It was not and will not be delivered.
 * - `refused`: broker or transport said no (full, too large, not allowed). It was not delivered.
 * - `unsent`: the transport is down and wrote nothing. Sending again after `up` is safe.
 * - `unknown`: written, but the connection went before the broker's word. It may or may not be delivered.
 */
export type SendOutcome =
  | { readonly kind: "accepted" }
  | { readonly kind: "unroutable" }
  | { readonly kind: "refused"; readonly error: RpcError }
  | { readonly kind: "unsent" }
  | { readonly kind: "unknown"; readonly error: RpcError };

/** An object rather than a function, so that a pending call or a running request can be its own listener. */
export interface SendListener {
  onOutcome(outcome: SendOutcome): void;
}

/** The outcomes without content, one instance each. */
export const ACCEPTED: SendOutcome = { kind: "accepted" };
export const UNROUTABLE: SendOutcome = { kind: "unroutable" };
export const UNSENT: SendOutcome = { kind: "unsent" };

export interface ConsumeOptions {
  /** Unsettled deliveries at a time, 1 to 65,535 (AMQP 0-9-1: prefetch; AMQP 1.0: link credit). */
  readonly credit: number;
  /** Hears that the consumer was lost although the connection was not (its queue was deleted), or came back. */
  readonly onDegraded?: (reason: RpcError) => void;
}

/**
 * A message that was taken from a queue. Settled once: the first of accept, release, reject counts, later calls do
 * nothing. After the connection it came on is lost, settling does nothing: the broker delivers it again.
 */
export interface Delivery {
  readonly message: Message;
  /** Whether it was, or may have been, delivered before. */
  readonly redelivered: boolean;
  /** How often it was delivered before, by the broker's count; undefined where it keeps none, or has none of this message. */
  readonly deliveryCount: number | undefined;
  /** Done with it. */
  accept(): void;
  /** Back to the queue, for anyone. */
  release(): void;
  /** Never again: dropped, or dead-lettered where the broker is set up so. */
  reject(): void;
}

export interface Subscription {
  /**
   * No new messages from now on; deliveries that are unsettled can still be settled.
   * Resolves when the broker has stopped delivering. Idempotent; never rejects.
   */
  cancel(): Promise<void>;
}

export interface Inbox {
  /** What to put into `replyTo`; undefined while the inbox is lost. Changes with every epoch. */
  readonly address: string | undefined;
  /** Counts the addresses that this inbox has had, from 1; 0 before the first. */
  readonly epoch: number;
  close(): Promise<void>;
}

export interface InboxHandler {
  onMessage(message: Message): void;
  /** A (new) address is open; the first time this is told before `openInbox` resolves. */
  onOpen?(address: string, epoch: number): void;
  /** The address of that epoch is gone: nothing that is sent there will arrive. */
  onLost?(epoch: number, reason: RpcError): void;
}

/** What a transport can do. An extension that needs what is false fails at start with both names. */
export interface TransportFeatures {
  /** `accepted` means that the broker has taken the message over. */
  readonly confirmedSends: boolean;
  /** A send to a queue that nobody has ends `unroutable`. */
  readonly unroutableSends: boolean;
  /** A reply to an inbox that is gone ends `unroutable`. */
  readonly unroutableReplies: boolean;
  /** The broker drops messages whose time to live is over. */
  readonly expiry: boolean;
  /** Header values keep their types (int32, boolean, bytes …); else they arrive as strings or not at all. */
  readonly typedHeaders: boolean;
  /** A header's value may be a list or a table; else such a message is refused. */
  readonly nestedHeaders: boolean;
  /** `publish` and `subscribe` work. */
  readonly topics: boolean;
}

export type TransportFeature = keyof TransportFeatures;

export interface TransportEvents {
  /** It can send (again). */
  readonly up: { readonly epoch: number };
  /** The connection is lost and being made anew. */
  readonly down: { readonly reason: RpcError };
  /** The broker takes no messages for now (an alarm, no credit), or takes them again. */
  readonly blocked: { readonly blocked: boolean; readonly reason: string };
  /** A message came back because nobody has the address. */
  readonly returned: { readonly address: string; readonly message: Message };
  /**
   * It works, but something is missing: a consumer lost its queue, an inbox cannot be opened, a fallback is used, a
   * callback threw. A transport that receives over a connection of its own tells its loss here: when the broker goes
   * it tells `down` and `degraded`, in either order.
   */
  readonly degraded: { readonly what: string; readonly reason: RpcError };
  /** A delivery that could not be decoded was rejected, so that it harms nobody again. */
  readonly quarantined: { readonly address: string; readonly reason: RpcError };
  /** `close()` has closed it, for good: once, as the last of its events. */
  readonly closed: undefined;
}

/** For `Events`. */
export const TRANSPORT_EVENTS: Readonly<Record<keyof TransportEvents, true>> = {
  up: true,
  down: true,
  blocked: true,
  returned: true,
  degraded: true,
  quarantined: true,
  closed: true,
};
