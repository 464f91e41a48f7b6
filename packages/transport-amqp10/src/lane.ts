import type { Duplex } from "node:stream";
import type { RpcError } from "@porthos-rpc/protocol";
import type { Settlement } from "@porthos-rpc/protocol/driver";
import type { Received } from "./mapping.js";

/*
 * The seam between what this package promises and how frames travel. Everything above knows encoded messages, tags
 * and settlements; only the files behind it (lane-rhea*.ts) know the driver. Another implementation, such as one that
 * writes its own transfers onto the socket of a rhea connection, replaces those.
 */

/** One way of speaking AMQP 1.0 over a socket. */
export interface LaneDriver {
  /**
   * Does the handshakes over a socket that is connected. The socket is the lanes' from then on.
   * @throws {HungUp} or the driver's error; undefined if the line was closed before the peer said anything. The socket
   * is destroyed
   */
  open(socket: Duplex, options: OpenOptions): Promise<Lanes>;
}

/** How a connection introduces itself. */
export interface OpenOptions {
  readonly containerId: string;
  /** The virtual host. Undefined = the broker's default. */
  readonly hostname: string | undefined;
  /** The first of these that the broker offers is used. */
  readonly mechanisms: readonly SaslMechanism[];
  /** A broker that sends nothing for twice as long is given up. */
  readonly idleTimeoutMs: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Is told how far it has come. */
  onStage(stage: HandshakeStage): void;
}

/** What the peer has still to do: to say anything, to let us in (SASL), or to open the connection. */
export type HandshakeStage = "silent" | "authenticating" | "opening";

export interface SaslMechanism {
  readonly name: "PLAIN" | "EXTERNAL" | "ANONYMOUS";
  initialResponse(): Buffer;
}

/** What the broker says of itself when the connection opens. */
export interface Peer {
  readonly product: string;
  readonly version: string;
  readonly capabilities: readonly string[];
}

/** What one connection offers. Each lane is one link in a session of its own, but for those that are paired. */
export interface Lanes {
  readonly peer: Peer;
  /** Is told once, when the connection goes by itself. */
  onLost(tell: (cause: unknown) => void): void;
  /** Is told once, when the connection has ended, however it came. */
  whenGone(tell: () => void): void;
  /** @throws {LinkFault} */
  openSend(target: SendTarget, events: SendLaneEvents): Promise<SendLane>;
  /** @throws {LinkFault} */
  openReceive(options: ReceiveLaneOptions, events: ReceiveLaneEvents): Promise<ReceiveLane>;
  /** Says goodbye; what the lanes have written before reaches the broker first. Resolves when it has answered. */
  close(): Promise<void>;
  /** Hangs up. */
  destroy(): void;
}

/** A terminus: a node of the broker as the end of a link (AMQP 1.0 part 3, 3.5). */
export interface Terminus {
  /** Undefined = none: each message names its own. */
  readonly address?: string | undefined;
  readonly dynamic?: boolean;
  /** Of a dynamic node: when it goes, by the numbers of 3.5.10 to 3.5.13. */
  readonly lifetimePolicy?: number;
  readonly durable?: 0 | 2;
  readonly capabilities?: readonly string[];
}

export interface SendTarget extends Terminus {
  /** Each message is settled as it is sent: there are no outcomes. */
  readonly settled?: boolean;
  /** Of the link, where it has to have a certain one. */
  readonly name?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Ends with its link, or with its connection; the latter is told to whoever holds the connection. */
export interface Lane {
  /** What was handed to it reaches the broker first. Resolves when the broker has let go of it too. */
  close(): Promise<void>;
}

export interface SendLane extends Lane {
  /** The largest message that the broker takes, in bytes, all of it; undefined = it does not say. */
  readonly maxMessageBytes: number | undefined;
  /** Whether a message can be sent now: the broker has given credit. */
  readonly canSend: boolean;
  /**
   * Sends an encoded message, and returns its number for `onOutcome`. Only while `canSend`.
   * What one turn of the event loop sends leaves together at its end.
   */
  send(bytes: Buffer): number;
}

/** What the broker made of a message (3.4). */
export interface LinkOutcome {
  readonly kind: "accepted" | "released" | "rejected" | "modified";
  /** The error condition, where there is one. */
  readonly condition?: string;
  readonly description?: string;
}

/** Must not throw. */
export interface SendLaneEvents {
  onOutcome(number: number, outcome: LinkOutcome): void;
  /** There is credit (again). */
  onCredit(): void;
  /** The link was closed although the connection was not. */
  onLost(fault: unknown): void;
}

/** What is sent to the broker for each of our three (3.4). `failed`: modified, with delivery-failed. */
export type Settlements = Readonly<Record<Settlement, "accepted" | "released" | "rejected" | "failed">>;

export interface ReceiveLaneOptions {
  readonly source: Terminus;
  /**
   * How many deliveries may be unsettled at a time. Undefined = each is settled as it is sent, and the broker may be
   * a window ahead of us.
   */
  readonly credit: number | undefined;
  readonly settlements: Settlements;
  /** Hands bodies that are AMQP values over as such: answers of a broker's own nodes. @default false */
  readonly values?: boolean;
  /** How the broker is told to stop. Where it cannot drain, the link is detached and its session kept. */
  readonly cancelBy: "drain" | "detach";
  /** A link that shares its session and its name: a link pair (Link Pairing 1.0). */
  readonly pairedWith?: SendLane;
  /** Of the link, where it has to have a certain one. */
  readonly linkName?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

export interface ReceiveLane extends Lane {
  /** The address of its source, as given or as the broker made it. */
  readonly address: string;
  /** Settles a delivery, once. Does nothing when the lane has ended: the broker delivers it again. */
  settle(tag: number, how: Settlement): void;
  /**
   * No deliveries any more; those that come before the broker knows are released. Resolves when it knows. What is
   * unsettled can still be settled; the lane closes itself after the last.
   */
  cancel(): Promise<void>;
}

/** Must not throw. */
export interface ReceiveLaneEvents {
  /** May be called before `openReceive` has resolved. */
  onDelivery(lane: ReceiveLane, tag: number, received: Received): void;
  /** A delivery could not be decoded; it has been rejected. */
  onUndecodable(reason: RpcError): void;
  /** The link was closed although the connection was not. */
  onLost(fault: unknown): void;
}

/** What ended a link, a session or a connection, in the broker's words. */
export class LinkFault extends Error {
  override readonly name: string = "LinkFault";
  /** Such as `amqp:not-found`. */
  readonly condition: string | undefined;

  /** Null, as AMQP has it, is the same as undefined. */
  constructor(condition: string | null | undefined, description: string | null | undefined) {
    super(description || condition || "no reason given");
    this.condition = condition ?? undefined;
  }
}

/** The peer had begun to speak AMQP, and then hung up without giving a reason. */
export class HungUp extends Error {
  override readonly name: string = "HungUp";

  constructor(cause: unknown) {
    super("closed", cause === undefined ? undefined : { cause });
  }
}
