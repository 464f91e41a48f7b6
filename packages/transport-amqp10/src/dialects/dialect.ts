import type { TransportFeatures } from "@porthos-rpc/protocol";
import type { ReceiveLane, SendTarget, Settlements, Terminus } from "../lane.js";
import type { Received, Route } from "../mapping.js";

/** What a message is sent to. Each has a link of its own: a service without credit must not hold up replies. */
export type Purpose = "queue" | "inbox" | "topic";

/**
 * How one kind of broker wants to be spoken to: AMQP 1.0 fixes the frames, but hardly an address. One object for each
 * connection, since some brokers have to be asked, and what they make belongs to the connection.
 */
export interface Dialect {
  /** For messages: `RabbitMQ 4`. */
  readonly name: string;
  readonly features: TransportFeatures;
  /** Whether durable messages can be sent as such. */
  readonly takesDurable: boolean;
  /** Whether a header may be a list or a table: AMQP 1.0 does not say so (part 3, 3.2.5), but most brokers do. */
  readonly takesNested: boolean;
  /**
   * The time to live of replies that have none. Where a reply to an inbox that is gone is kept (for nobody), it
   * must not be kept for ever.
   */
  readonly replyTtlMs: number | undefined;
  readonly settlements: Settlements;
  readonly cancelBy: "drain" | "detach";

  /** The end of the link over which all messages of that purpose go. */
  relay(purpose: Purpose): SendTarget;
  /** Where on that link a message goes. @throws {RpcError} BadRequest for a stranger's address that could do harm */
  route(purpose: Purpose, address: string): Route;
  /** Whether a delivery may have been somebody's before. */
  isRedelivered(received: Received): boolean;
  /** How often it was somebody's before, as far as the broker counts. */
  deliveryCountOf(received: Received): number | undefined;

  /**
   * Makes sure that the service's queue is there. @returns what to attach to @throws {RpcError} `isDenied`: it may not be
   * declared, but may be there and free to be consumed
   */
  declareQueue(queue: string): Promise<Terminus>;
  /** What to attach to in order to consume a queue that is there. */
  existingQueue(queue: string): Terminus;
  /**
   * Has the broker take a new token for this connection; settles when the connection goes. Undefined where it cannot be
   * told. @throws {RpcError}
   */
  readonly renewCredentials?: ((password: string) => Promise<void>) | undefined;
  /** @throws {RpcError} */
  openInbox(): Promise<InboxPlan>;
  /** Of an inbox that outlasts its connection; undefined where no queue expires. */
  readonly lastingInbox?: LastingInboxes | undefined;
  /** @throws {RpcError} */
  openTopic(topic: string): Promise<TopicPlan>;
}

/** Inboxes whose queues go by themselves some time after nobody has read them. */
export interface LastingInboxes {
  /** @throws {RpcError} */
  open(expiryMs: number): Promise<InboxPlan>;
  /** To read one on that may still be there. */
  existing(address: string): InboxPlan;
}

/** How an inbox comes to be. */
export interface InboxPlan {
  /** What nobody has read stays for the next connection: each message is accepted. */
  readonly keepsUnread?: boolean;
  readonly source: Terminus;
  /** What others have to put into `replyTo`. */
  addressOf(lane: ReceiveLane): string;
  /** Called after the link was closed: removes what does not go by itself. Never rejects. */
  remove?(): Promise<void>;
}

export interface TopicPlan {
  readonly source: Terminus;
  /** As of an inbox. */
  remove?(): Promise<void>;
}
