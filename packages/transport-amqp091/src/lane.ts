import type { Message, RpcError } from "@porthos-rpc/protocol";
import type { Settlement } from "@porthos-rpc/protocol/driver";
import type { ChannelModel, SocketOptions } from "amqplib";

/*
 * The seam between what this package promises and how frames travel. Everything above knows messages, tags and
 * settlements; only the files behind it (lane-amqplib*.ts, mapping.ts, header-*.ts) know how they are encoded. Another
 * implementation, such as one that writes its own frames onto the socket of an amqplib connection, replaces those.
 */

/** One way of moving messages over amqplib connections. */
export interface LaneDriver {
  /** Options that its connections are to be made with, beside those of this package. */
  socketOptions(): SocketOptions;
  /** Called once per connection, before any channel is opened on it. */
  attach(model: ChannelModel): Lanes;
}

/** What one connection offers. Each lane is one channel. */
export interface Lanes {
  /** @throws {RpcError} Config when this broker takes the name for something else than a queue's */
  checkQueueName(queue: string): void;
  /** @throws the driver's error */
  openSend(events: SendLaneEvents): Promise<SendLane>;
  /** @throws the driver's error */
  openReceive(options: ReceiveLaneOptions, events: ReceiveLaneEvents): Promise<ReceiveLane>;
}

/** Ends with its channel, or with its connection; the latter is told to whoever holds the connection. */
export interface Lane {
  /** What was handed to it reaches the broker first. Resolves when the broker has closed the channel too. */
  close(): Promise<void>;
}

export interface SendLane extends Lane {
  /**
   * Writes a message; the n-th that was written is number n in `onConfirm`. False: the lane has ended, nothing was
   * written. What one turn of the event loop writes leaves together at its end.
   * @param messageId makes it mandatory: if no queue gets it, `onReturn` hears this id before `onConfirm`
   * @throws {RpcError} BadRequest, TooLarge: nothing was written, the lane goes on
   */
  publish(exchange: string, routingKey: string, message: Message, messageId: string | undefined): boolean;
}

/** Must not throw. */
export interface SendLaneEvents {
  /** The broker's word on a number, or (`multiple`) on all up to it. */
  onConfirm(number: number, multiple: boolean, accepted: boolean): void;
  onReturn(messageId: string): void;
  /** The channel was closed although the connection was not. */
  onLost(cause: unknown): void;
}

export interface ReceiveLaneOptions {
  /** Undefined = a new queue of its own, exclusive to the connection and gone with the channel. */
  readonly queue: string | undefined;
  /** What the new queue is to be bound to. */
  readonly binding?: { readonly exchange: string; readonly routingKey: string };
  /** The queue is its own and outlasts the connection by so long. @throws {RpcError} Config where no queue expires */
  readonly expiryMs?: number;
  /** Unsettled deliveries at a time; undefined = each is settled by its delivery. */
  readonly credit: number | undefined;
}

export interface ReceiveLane extends Lane {
  /** The queue's name, as given or as the broker chose it. */
  readonly queue: string;
  /** Settles a delivery, once. Does nothing when the lane has ended: the broker delivers it again. */
  settle(tag: number, how: Settlement): void;
  /**
   * No deliveries any more; those that come before the broker knows are released. Resolves when it knows. What is
   * unsettled can still be settled; the lane closes itself after the last.
   */
  cancel(): Promise<void>;
  /**
   * Looks whether the queue is still there, and ends the lane if it is not. Never rejects. Undefined where the broker
   * tells by itself.
   */
  readonly probe: (() => Promise<void>) | undefined;
}

/** Must not throw. */
export interface ReceiveLaneEvents {
  /** May be called before `openReceive` has resolved. */
  onDelivery(
    lane: ReceiveLane,
    tag: number,
    message: Message,
    redelivered: boolean,
    deliveryCount: number | undefined,
  ): void;
  /** A delivery could not be decoded; it has been rejected. */
  onUndecodable(reason: RpcError): void;
  /** The channel was closed although the connection was not, or the broker cancelled (cause undefined). */
  onLost(cause: unknown): void;
}
